package conformance

// The authentication of case 4.6.
const (
	simplePassword = 1 // a type, RFC 2338 section 5.3.6
	password       = "aloftest"
)

// authentication is case 4.6.
func authentication() Case {
	const where = "5.3.6, 7.1"
	return Case{
		ID: "4.6", Title: "Invalid authentication", Origin: "UNH-IOL", On: []Profile{V2IPv4},
		Points: []Point{
			{ID: "A", Sections: Sections{RFC3768: where}, Rule: "MUST discard a packet of an unknown authentication type, or of another than its own: an Active Router stays Active"},
			{ID: "B", Sections: Sections{RFC3768: where}, Rule: "MUST discard such a packet: a Backup's timer runs on"},
			{ID: "C", Sections: Sections{Other: "RFC 2338 10.5.2"}, Rule: "a router with a password discards a packet without, or with another: an Active Router stays Active"},
			{ID: "D", Sections: Sections{Other: "RFC 2338 10.5.2"}, Rule: "a router with a password discards such a packet: a Backup's timer runs on"},
			{ID: "E", Sections: Sections{Other: "RFC 2338 10.5.2"}, Rule: "a router with a password sends it, and takes a packet that has it"},
		},
		run: func(b *Bench) error {
			r := b.router(middle)
			if _, err := b.activate(r); err != nil {
				return err
			}
			err := b.refuses(r, []flaw{
				{"type 1 and a password", func(a *Advert) { a.AuthType = simplePassword; copy(a.Auth[:], password) }},
				{"type 2", func(a *Advert) { a.AuthType = 2 }},
				{"type 255", func(a *Advert) { a.AuthType = 255 }},
			}, "A", "B")
			if err != nil {
				return err
			}
			if err := b.retire(); err != nil {
				return err
			}
			return b.passwords(r)
		},
	}
}

// passwords is case 4.6 for a router with a password.
func (b *Bench) passwords(r Router) error {
	r.Password = password
	f, err := b.activate(r)
	if err != nil {
		return err
	}
	right := b.advert(high)
	problem, err := b.activeRefuses(r, passwordFlaws)
	if err := b.judgeUnless(err, "C", problem); err != nil {
		return err
	}
	problem, err = b.takes(right, r)
	if err != nil {
		return err
	}
	b.judge("E", first(problem, problemf(f.AuthType != simplePassword || f.Auth != right.Auth, "its advert has type %d and %q", f.AuthType, f.Auth[:])))
	v, err := b.subdue(right, r.Interval)
	if err != nil {
		return err
	}
	last, err := v.stop()
	if err != nil {
		return err
	}
	stop := b.mutter(b.advert(high), passwordFlaws, r.Interval/2)
	b.judge("D", b.runsOn(last, b.down(r.Priority, r.Interval), r.Interval))
	return stop()
}

// passwordFlaws are wrong for a router with a password.
var passwordFlaws = []flaw{
	{"type 0", func(a *Advert) { a.AuthType, a.Auth = 0, [authLen]byte{} }},
	{"another password", func(a *Advert) { a.Auth[authLen-1]++ }},
	{"an empty password", func(a *Advert) { a.Auth = [authLen]byte{} }},
}
