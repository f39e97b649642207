package gateway

// part is one of the things that a gateway is made of and that a reload can change.
//
// A block that is new in the file gets a row here, or joins the fields of one: a test
// wants every field of config.File in one of them, or in config.File.Restart.
type part struct {
	name string
	from []string // the fields of config.File that it is made from
	// always: it is prepared at every reload, since it also reads files that the
	// configuration only names.
	always bool
	// prepare gets ready for r.next and changes nothing that runs: what it does is to
	// be undone by r.abandon, what is to happen is left to r.commit. An error ends the
	// reload.
	prepare func(g *Gateway, r *reload) error
}

// parts are prepared in this order, and committed in it: what a call needs is there
// before the dialplan sends calls to it.
func parts() []part {
	return []part{
		{name: "certificate", from: []string{"TLS", "PublicIP"}, prepare: (*Gateway).prepareCertificate},
		{name: "addresses", from: []string{"PublicIP", "Listen"}, prepare: (*Gateway).prepareAddresses},
		{name: "RTP ports", from: []string{"Listen"}, prepare: (*Gateway).preparePorts},
		{name: "recordings", from: []string{"Recordings"}, prepare: (*Gateway).prepareRecordings},
		{name: "traces", from: []string{"Trace"}, prepare: (*Gateway).prepareTraces},
		{name: "Homer", from: []string{"Homer"}, prepare: (*Gateway).prepareHomer},
		{name: "records", from: []string{"CDR"}, prepare: (*Gateway).prepareRecords},
		{name: "messages", from: []string{"Messages"}, prepare: (*Gateway).prepareMessages},
		{name: "rules", from: []string{"Registrar", "Calls", "Limits", "Media", "Users", "Trunks"}, prepare: (*Gateway).prepareRules},
		{name: "users", from: []string{"Users"}, prepare: (*Gateway).prepareUsers},
		{name: "trunks", from: []string{"Trunks", "Users"}, always: true, prepare: (*Gateway).prepareTrunks},
		{name: "listeners", from: []string{"Listen"}, prepare: (*Gateway).prepareListeners},
		{name: "page", from: []string{"TLS", "Listen", "Users", "Phone", "PlanSum"}, prepare: (*Gateway).preparePage},
		{name: "rooms", from: []string{"Rooms"}, prepare: (*Gateway).prepareRooms},
		{name: "voicemail", from: []string{"Boxes", "Mail", "Zone"}, prepare: (*Gateway).prepareVoicemail},
		{name: "tones", from: []string{"Tones", "Numbering"}, prepare: (*Gateway).prepareTones},
		// The plan has hours, numbering and permissions in it.
		{name: "dialplan", from: []string{"Plan", "PlanSum", "PlanParts", "Zone", "Numbering", "Permissions"}, prepare: (*Gateway).preparePlan},
		// Who may sign in is looked up when somebody does.
		{name: "people of the console", from: []string{"Admins"}, prepare: func(*Gateway, *reload) error { return nil }},
		{name: "sign-in service", from: []string{"OIDC"}, prepare: (*Gateway).prepareService},
		{name: "watching", from: []string{"Reload", "Metrics"}, prepare: func(*Gateway, *reload) error { return nil }}, // who needs them looks by itself
	}
}
