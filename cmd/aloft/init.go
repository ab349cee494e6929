package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/internal/scout"
)

// initOptions is what the command line of init says.
type initOptions struct {
	importOptions
	addresses []string
	router    string
	iface     string
	vrid      uint8
	listen    time.Duration
}

func newInit() *cobra.Command {
	var o initOptions
	command := &cobra.Command{
		Use:   "init NODE=ADDRESS... --address ADDRESS...",
		Short: "Write a first configuration file",
		Long: "Write a first configuration file, the same for all nodes. The nodes are named in order of preference, by their host\n" +
			"names and their own addresses. It listens a moment for VRIDs that others use on the link, and proposes a free one;\n" +
			"with --vrid it does not listen, and needs no privilege.",
		Example: "  aloft init www1=192.0.2.1 www2=192.0.2.2 --address 192.0.2.100\n" +
			"  aloft init www1=192.0.2.1,2001:db8::1 www2=192.0.2.2,2001:db8::2 --address 192.0.2.100 --address 2001:db8::100\n" +
			"  aloft init www1=192.0.2.1 www2=192.0.2.2 --address 192.0.2.100 --vrid 51 -o /etc/aloft/aloft.yaml",
		Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(command.Context(), os.Interrupt)
			defer stop()
			return initialise(ctx, o, args, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	flags := command.Flags()
	flags.StringArrayVar(&o.addresses, "address", nil, "a floating `address`; may be given several times")
	flags.StringVar(&o.router, "router", "web", "the `name` of the virtual router")
	flags.StringVar(&o.iface, "interface", "", "the `interface` (default: the one with the node's address)")
	flags.Uint8Var(&o.vrid, "vrid", 0, "the VRID, 1 to 255 (default: one that nobody is heard to use)")
	flags.DurationVar(&o.listen, "listen", 4*time.Second, "how `long` to listen for VRIDs in use")
	o.register(command)
	_ = command.MarkFlagRequired("address")
	return command
}

// initialise prints a file for what the command line says.
func initialise(ctx context.Context, o initOptions, args []string, stdout, stderr io.Writer) error {
	nodes, err := parseNodes(args)
	if err != nil {
		return withExit(exitUsage, err)
	}
	addresses, err := parseFloating(o.addresses)
	if err != nil {
		return withExit(exitUsage, err)
	}
	if o.output != "" {
		if _, err := os.Lstat(o.output); err == nil {
			return fmt.Errorf("%s is there already, and is not replaced: %w", o.output, fs.ErrExist)
		}
	}
	if bad := refusals(firstCluster(o, nodes, addresses, max(int(o.vrid), 1))); bad != nil {
		return withExit(exitUsage, bad)
	}
	vrid, note := int(o.vrid), importer.Note{}
	if vrid == 0 {
		if vrid, note, err = freeVRID(ctx, o, nodes, addresses, stderr); err != nil {
			return err
		}
	}
	r := &importer.Result{Cluster: firstCluster(o, nodes, addresses, vrid)}
	if note.What != "" {
		r.Notes = []importer.Note{note}
	}
	return deliver(r, o.importOptions, stdout, stderr)
}

// parseNodes reads NODE=ADDRESS[,ADDRESS...]; a name alone is a node whose addresses are not said.
func parseNodes(args []string) (nodes []importer.Node, err error) {
	for _, arg := range args {
		name, list, has := strings.Cut(arg, "=")
		n := importer.Node{Name: name}
		for text := range strings.SplitSeq(list, ",") {
			if !has {
				break
			}
			addr, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %q is no IP address: write NODE=ADDRESS, such as www1=192.0.2.1", arg, text)
			}
			n.Addresses = append(n.Addresses, importer.NodeAddress{Address: addr})
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// parseFloating reads the floating addresses, with or without a prefix length.
func parseFloating(texts []string) (list []importer.Address, err error) {
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			addr, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("--address %q is no IP address, such as 192.0.2.100 or 192.0.2.100/24", text)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		list = append(list, importer.Address{Prefix: prefix})
	}
	return list, nil
}

// freeVRID listens, and proposes a VRID that nobody was heard to use: the last number of the first address, which is easy
// to remember, or the next one that is free.
func freeVRID(ctx context.Context, o initOptions, nodes []importer.Node, addresses []importer.Address, stderr io.Writer) (int, importer.Note, error) {
	snapshot, err := link.Read()
	if err != nil {
		return 0, importer.Note{}, err
	}
	links := linksOf(o, nodes, snapshot)
	switch {
	case o.listen <= 0:
		return 0, importer.Note{}, withExit(exitUsage, errors.New("--listen is how long to listen, such as 4s; with --vrid it need not"))
	case len(links) == 0 && o.iface != "":
		return 0, importer.Note{}, fmt.Errorf("there is no interface %s here to listen on; with --vrid it need not", o.iface)
	case len(links) == 0:
		return 0, importer.Note{}, fmt.Errorf("%w; with --vrid 51 it need not listen", scout.ErrNothingToHear)
	}
	var names []string
	for _, l := range links {
		names = append(names, l.Name)
	}
	_, _ = fmt.Fprintf(stderr, "listening for %s on %s for VRIDs in use\n", o.listen, strings.Join(names, ", "))
	heard, err := scout.Listen(ctx, links, o.listen)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return 0, importer.Note{}, fmt.Errorf("listening needs root or CAP_NET_RAW; with --vrid 51 it is not needed: %w", err)
	case err != nil:
		return 0, importer.Note{}, fmt.Errorf("%w; with --vrid 51 it need not listen", err)
	case ctx.Err() != nil:
		return 0, importer.Note{}, errors.New("interrupted")
	}
	for _, r := range heard {
		_, _ = fmt.Fprintf(stderr, "  VRID %d is in use on %s: %s says so, with priority %d (version %d)\n",
			r.VRID, r.Interface, r.Source, r.Priority, r.Version)
	}
	bytes := addresses[0].Prefix.Addr().AsSlice()
	vrid := scout.FreeVRID(bytes[len(bytes)-1], heard)
	if vrid == 0 {
		return 0, importer.Note{}, errors.New("every VRID is in use on this link: use another network")
	}
	return int(vrid), importer.Note{
		Kind: importer.Chosen, What: fmt.Sprintf("VRID %d: nobody was heard to use it", vrid),
		Instead: "adverts between two other machines (unicast) cannot be heard: make sure that it is free there too",
	}, nil
}

// refusals says what check would refuse in what the command line asks for. Nothing stands in a file yet, so there are no
// places to name.
func refusals(c *importer.Cluster) error {
	_, problems := (&importer.Result{Cluster: c}).Checked("aloft.yaml")
	var all []error
	for _, p := range problems {
		if p.Severity == config.Error {
			all = append(all, errors.New(p.Message))
		}
	}
	return errors.Join(all...)
}

// linksOf picks the links to listen on: the named one, the one with an address of a node, or all that can hear.
func linksOf(o initOptions, nodes []importer.Node, s link.Snapshot) []link.Link {
	if o.iface != "" {
		l, ok := s.ByName(o.iface)
		if !ok {
			return nil
		}
		return []link.Link{l}
	}
	for _, n := range nodes {
		for _, a := range n.Addresses {
			if l, ok := s.Carrying(a.Address); ok {
				return []link.Link{l}
			}
		}
	}
	return scout.Audible(s.Links)
}

// firstCluster is what the file is written of.
func firstCluster(o initOptions, nodes []importer.Node, addresses []importer.Address, vrid int) *importer.Cluster {
	addresses = withLinkLocal(addresses, vrid)
	router := importer.Router{Name: o.router, VRID: vrid, Comment: []string{
		"the name is yours to choose, for logs and commands; the VRID must be free on this network",
	}}
	for _, n := range nodes {
		router.Parts = append(router.Parts, importer.Part{
			Node: n.Name, Settings: importer.Settings{Addresses: addresses, Interface: o.iface},
		})
	}
	return &importer.Cluster{
		Head: []string{
			"The same file on every node, as /etc/aloft/aloft.yaml. Each finds itself below by its host name, or else by its address.",
			"The order of the nodes is the preference: the first that runs has the addresses.",
			"",
			"Have it checked with `aloft check`, and start `aloft run` on each node.",
		},
		Nodes: nodes, Routers: []importer.Router{router},
	}
}

// withLinkLocal puts a link-local address before the other IPv6 ones, as RFC 9568 section 5.2.9 wants it: the first that
// the command line has, else one that is made of the VRID.
func withLinkLocal(addresses []importer.Address, vrid int) []importer.Address {
	first := slices.IndexFunc(addresses, func(a importer.Address) bool { return a.Prefix.Addr().Is6() })
	if first < 0 {
		return addresses
	}
	local := slices.IndexFunc(addresses, func(a importer.Address) bool {
		return a.Prefix.Addr().Is6() && a.Prefix.Addr().IsLinkLocalUnicast()
	})
	list := slices.Clone(addresses)
	if local >= 0 {
		return slices.Insert(slices.Delete(list, local, local+1), first, addresses[local])
	}
	made := netip.MustParseAddr(fmt.Sprintf("fe80::%d", vrid)) // the decimal digits, to be recognised
	return slices.Insert(list, first, importer.Address{Prefix: netip.PrefixFrom(made, made.BitLen())})
}
