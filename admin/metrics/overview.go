package metrics

import "time"

// Overview is the gateway at a glance, as it is in JSON. What is not known is 0, or
// below 0 where 0 would say something.
type Overview struct {
	Calls          int     `json:"calls"`
	MaxCalls       int     `json:"maxCalls"` // 0: no limit is set
	CallsPerSecond float64 `json:"callsPerSecond"`
	// ASR15m is the part of the calls of the last 15 minutes that was answered, in
	// percent; -1 where there was none.
	ASR15m float64 `json:"asr15m"`
	// ACDSeconds is how long those that were answered have talked, on the average.
	ACDSeconds float64 `json:"acdSeconds"`
	// MedianSetupMS is how long the caller waited for the first ringing or answer
	// (post-dial delay), of the last 15 minutes.
	MedianSetupMS float64 `json:"medianSetupMs"`
	// LowMOSPercent is the part of the legs of the last 15 minutes that sounded worse
	// than 3.5 in either direction; an estimate, as the score is.
	LowMOSPercent float64        `json:"lowMosPercent"`
	Registrations map[string]int `json:"registrations"` // by transport: "udp", "tcp", "tls", "ws", "wss"
	TrunksUp      int            `json:"trunksUp"`
	TrunksDown    int            `json:"trunksDown"`
	PPS           float64        `json:"pps"`  // packets of RTP a second, in and out
	Mbps          float64        `json:"mbps"` // of their payload
	Transcoding   int            `json:"transcoding"`
	// CPU is what the process uses, in cores: 1 is one whole core.
	CPU        float64 `json:"cpu"`
	RSSBytes   int64   `json:"rssBytes"`
	Goroutines int     `json:"goroutines"`
	// UDPDrops are datagrams that the kernel has dropped since the start because a
	// socket's buffer was full; of all programs of the machine or container.
	UDPDrops              uint64  `json:"udpDrops"`
	AuthFailuresPerMinute float64 `json:"authFailuresPerMinute"`
	// CertDaysLeft is how long the certificate of the listeners is good for; -1
	// where that is not known.
	CertDaysLeft  float64     `json:"certDaysLeft"`
	Version       string      `json:"version"`
	UptimeSeconds float64     `json:"uptimeSeconds"`
	Faults        []PartFault `json:"faults"` // what is wrong now; the longest first
	// Series are the last 60 minutes, Seconds the last 60 seconds; the newest is the
	// last. They are shorter after a start.
	Series  Series `json:"series"`
	Seconds Series `json:"seconds"`
}

// PartFault is something that is wrong now, while calls go on.
type PartFault struct {
	What  string    `json:"what"` // which part: "store", "homer", "certificate"
	Since time.Time `json:"since"`
	Text  string    `json:"text"` // for people
}

// Series are values of the past, all of one length.
type Series struct {
	Calls     []float64 `json:"calls"`     // at one time, the most
	CPS       []float64 `json:"cps"`       // calls that came in, a second
	Failures  []float64 `json:"failures"`  // calls that ended without an answer for a reason that is nobody's choice, a second
	Loss      []float64 `json:"loss"`      // of the packets that were to come, in percent
	JitterP95 []float64 `json:"jitterP95"` // of the legs, in ms
}
