package systemd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"
)

const (
	destination   = "org.freedesktop.systemd1"
	managerPath   = "/org/freedesktop/systemd1"
	manager       = destination + ".Manager"
	getProperty   = "org.freedesktop.DBus.Properties.Get"
	addMatch      = "org.freedesktop.DBus.AddMatch"
	getNameOwner  = "org.freedesktop.DBus.GetNameOwner"
	defaultBus    = "unix:path=/run/dbus/system_bus_socket"
	privateSocket = "unix:path=/run/systemd/private"
)

// conn is one connection, to the bus or to systemd itself.
//
// The socket is dialled here, not by the library, which neither dials nor writes with a context: closing the socket is
// what ends a call that hangs there.
type conn struct {
	bus    *dbus.Conn
	socket *net.UnixConn
	direct bool // to systemd, without a bus

	mu    sync.Mutex
	paths map[string]dbus.ObjectPath // of units that were asked for
}

// connect dials the bus of $DBUS_SYSTEM_BUS_ADDRESS, or the system's. Where there is none, root can ask systemd itself,
// at the socket that systemctl uses.
func connect(ctx context.Context) (*conn, error) {
	address := os.Getenv("DBUS_SYSTEM_BUS_ADDRESS")
	if address != "" {
		return dial(ctx, address, false)
	}
	c, err := dial(ctx, defaultBus, false)
	if err != nil && os.Geteuid() == 0 && ctx.Err() == nil {
		if private, failed := dial(ctx, privateSocket, true); failed == nil {
			return private, nil
		}
	}
	return c, err
}

// dial connects to one of the addresses of a list, and logs in.
func dial(ctx context.Context, addresses string, direct bool) (*conn, error) {
	var errs []error
	for address := range strings.SplitSeq(addresses, ";") {
		name, err := socketName(address)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		raw, err := new(net.Dialer).DialContext(ctx, "unix", name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		return login(ctx, raw.(*net.UnixConn), direct)
	}
	return nil, errors.Join(errs...)
}

// socketName is the socket of an address, as package net writes it.
func socketName(address string) (string, error) {
	transport, keys, _ := strings.Cut(address, ":")
	if transport == "unix" {
		for pair := range strings.SplitSeq(keys, ",") {
			key, value, _ := strings.Cut(pair, "=")
			value, err := dbus.UnescapeBusAddressValue(value)
			switch {
			case err != nil:
				return "", fmt.Errorf("the bus address %q: %w", address, err)
			case key == "path" && value != "":
				return value, nil
			case key == "abstract" && value != "":
				return "@" + value, nil
			}
		}
	}
	return "", fmt.Errorf("the bus address %q is not the one of a unix socket", address)
}

// login makes a connection of a socket. It ends with ctx; the connection does not.
func login(ctx context.Context, socket *net.UnixConn, direct bool) (*conn, error) {
	stop := context.AfterFunc(ctx, func() { _ = socket.Close() })
	bus, err := dbus.DialUnix(socket)
	if err != nil {
		stop()
		_ = socket.Close()
		return nil, fmt.Errorf("connecting: %w", err)
	}
	c := &conn{bus: bus, socket: socket, direct: direct, paths: map[string]dbus.ObjectPath{}}
	// The number of the user, as looking up its name would need the C library.
	err = bus.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Geteuid()))})
	if err == nil && !direct {
		err = bus.Hello()
	}
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// lost reports whether the connection has ended.
func (c *conn) lost() bool { return !c.bus.Connected() }

func (c *conn) close() {
	_ = c.socket.Close() // first: the library waits for a write that hangs
	_ = c.bus.Close()
}

// call calls a method, and waits for its answer as long as ctx lasts. The socket is closed if it takes no more.
func (c *conn) call(ctx context.Context, o dbus.BusObject, method string, args ...any) *dbus.Call {
	stop := context.AfterFunc(ctx, func() { _ = c.socket.Close() })
	pending := o.GoWithContext(ctx, method, dbus.FlagNoAutoStart, make(chan *dbus.Call, 1), args...)
	stop()
	return <-pending.Done
}

// activeState asks for the state of a unit.
func (c *conn) activeState(ctx context.Context, unit string) (string, error) {
	path, err := c.unit(ctx, unit)
	if err != nil {
		return "", err
	}
	state, err := c.property(ctx, path, "ActiveState")
	if err != nil || state != "inactive" {
		return state, err
	}
	// systemd makes up an inactive unit for each name that it is asked for.
	load, err := c.property(ctx, path, "LoadState")
	if err == nil && load == "not-found" {
		return "", ErrNoUnit
	}
	return state, err
}

// unit returns the path of a unit, which systemd loads if it is not.
func (c *conn) unit(ctx context.Context, name string) (dbus.ObjectPath, error) {
	c.mu.Lock()
	path, known := c.paths[name]
	c.mu.Unlock()
	if known {
		return path, nil
	}
	if err := c.call(ctx, c.bus.Object(destination, managerPath), manager+".LoadUnit", name).Store(&path); err != nil {
		return "", err
	}
	c.mu.Lock()
	c.paths[name] = path
	c.mu.Unlock()
	return path, nil
}

// forget has systemd asked for the path of a unit again.
func (c *conn) forget(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.paths, name)
}

// property reads a property of a unit, a string.
func (c *conn) property(ctx context.Context, unit dbus.ObjectPath, name string) (string, error) {
	var value dbus.Variant
	if err := c.call(ctx, c.bus.Object(destination, unit), getProperty, destination+".Unit", name).Store(&value); err != nil {
		return "", err
	}
	text, ok := value.Value().(string)
	if !ok {
		return "", fmt.Errorf("%s is %s and not a string", name, value)
	}
	return text, nil
}
