package tandem

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Cause says why a leg or a call came to its end, in the three tongues that are
// spoken of it: the SIP status (RFC 3261 §21), the Q.850 cause value carried in
// Reason header fields (RFC 3326), and words for people. The zero Cause means
// "ended normally".
type Cause struct {
	// Status is the SIP status code owed to the caller, 300 to 699; 0 for a call
	// that was answered and then ended.
	Status int
	// Q850 is the ITU-T Q.850 cause value, 1 to 127; 0 where none is known.
	Q850 int
	// Text is the reason in words; empty means the table's.
	Text string
	// Detail says which of our settings or which far end decided; it goes into
	// the log and into `Warning: 399`, never into the Reason header field.
	Detail string
}

// Causes that the gateway itself brings about.
var (
	// CauseNormal is an answered call that somebody hung up.
	CauseNormal = Cause{Q850: 16}
	// CauseElsewhere ends the branches that lost: another one answered
	// (RFC 3326 §3.1, Q.850 26 "non-selected user clearing").
	CauseElsewhere = Cause{Status: 200, Q850: 26, Text: "Call completed elsewhere"}
	// CauseCanceled is the caller giving up before an answer (RFC 3261 §21.4.25).
	CauseCanceled = Cause{Status: 487, Q850: 16}
	// CauseNoAnswer is the dialplan's timeout (RFC 3261 §21.4.9).
	CauseNoAnswer = Cause{Status: 408, Q850: 19, Text: "No answer"}
	// CauseOffline is a user without a device that could ring (RFC 3261 §21.4.18).
	CauseOffline = Cause{Status: 480, Q850: 20, Text: "Not registered"}
	// CauseNoRow is a number that no row of the dialplan takes (RFC 3261 §21.4.5).
	CauseNoRow = Cause{Status: 404, Q850: 1}
	// CauseInternal is our own fault (RFC 3261 §21.5.1).
	CauseInternal = Cause{Status: 500, Q850: 41}
	// CauseTransferred ends the legs of a party that has sent the other on.
	CauseTransferred = Cause{Q850: 16, Text: "Transferred"}
	// CauseReplaced ends a leg whose place another one has taken (RFC 3891).
	CauseReplaced = Cause{Q850: 16, Text: "Replaced"}
	// CauseConnectionLost ends a leg whose connection is gone and whose device did
	// not come back in time.
	CauseConnectionLost = Cause{Q850: 27, Text: "The connection was lost and did not come back"}
	// CauseMediaLost is a leg without media and without signs of life.
	CauseMediaLost = Cause{Q850: 102, Text: "No media and no sign of life"}
)

// causeRow is one line of the table between the three tongues.
type causeRow struct {
	status int
	q850   int
	phrase string
	words  string
}

// causeTable follows RFC 3398 §8.2.6.1 for the Q.850 values (what it does not know
// is 127, interworking, unless something says more), and for the phrases RFC 3261
// §21 and the registry of response codes. Lookups take the first row that fits.
var causeTable = [...]causeRow{
	{100, 0, "Trying", "being tried"},
	{180, 0, "Ringing", "ringing"},
	{181, 0, "Call Is Being Forwarded", "being forwarded"},
	{182, 0, "Queued", "waiting in a queue"},
	{183, 0, "Session Progress", "under way"},
	{199, 0, "Early Dialog Terminated", "one of several ends"},
	{200, 16, "OK", "ended normally"},
	{202, 16, "Accepted", "accepted"},
	{204, 16, "No Notification", "nothing to be told"},
	{300, 22, "Multiple Choices", "diverted to another number"},
	{301, 22, "Moved Permanently", "moved to another number"},
	{302, 22, "Moved Temporarily", "diverted to another number"},
	{305, 22, "Use Proxy", "diverted to another way"},
	{380, 22, "Alternative Service", "another service is offered"},
	{400, 41, "Bad Request", "the request was not understood"},
	{401, 21, "Unauthorized", "a password is needed"},
	{402, 21, "Payment Required", "payment is required"},
	{403, 21, "Forbidden", "not allowed"},
	{404, 1, "Not Found", "unknown number"},
	{405, 63, "Method Not Allowed", "not possible here"},
	{406, 79, "Not Acceptable", "not acceptable"},
	{407, 21, "Proxy Authentication Required", "a password is needed"},
	{408, 102, "Request Timeout", "no answer"},
	{410, 22, "Gone", "the number is no longer in use"},
	{411, 127, "Length Required", "the request does not say how long it is"},
	{412, 127, "Conditional Request Failed", "what was to be changed has changed"},
	{413, 127, "Request Entity Too Large", "the request was too large"},
	{414, 127, "Request-URI Too Long", "the address was too long"},
	{415, 79, "Unsupported Media Type", "the description of the media was not understood"},
	{416, 127, "Unsupported URI Scheme", "that kind of address cannot be called"},
	{417, 127, "Unknown Resource-Priority", "the priority is not known"},
	{420, 127, "Bad Extension", "an extension was asked for that is not known"},
	{421, 127, "Extension Required", "an extension is needed"},
	{422, 127, "Session Interval Too Small", "the session interval is too small"},
	{423, 127, "Interval Too Brief", "the time asked for is too short"},
	{424, 127, "Bad Location Information", "the location was not understood"},
	{428, 127, "Use Identity Header", "a signed identity is needed"},
	{429, 127, "Provide Referrer Identity", "who transfers must say who he is"},
	{430, 41, "Flow Failed", "the connection to the device is gone"},
	{433, 21, "Anonymity Disallowed", "anonymous calls are not taken"},
	{436, 127, "Bad Identity Info", "the signed identity could not be checked"},
	{437, 127, "Unsupported Credential", "the signed identity could not be checked"},
	{438, 127, "Invalid Identity Header", "the signed identity is wrong"},
	{439, 127, "First Hop Lacks Outbound Support", "the first server on the way cannot do that"},
	{440, 25, "Max-Breadth Exceeded", "the call was spread too wide"},
	{469, 127, "Bad Info Package", "that kind of information is not known"},
	{470, 21, "Consent Needed", "consent is needed"},
	{480, 18, "Temporarily Unavailable", "not available now"},
	{481, 41, "Call/Transaction Does Not Exist", "there is no such call"},
	{482, 25, "Loop Detected", "the call went round in a loop"},
	{483, 25, "Too Many Hops", "the call went round in a loop"},
	{484, 28, "Address Incomplete", "the number is incomplete"},
	{485, 1, "Ambiguous", "the number is ambiguous"},
	{486, 17, "Busy Here", "busy"},
	{487, 16, "Request Terminated", "given up by the caller"},
	{488, 65, "Not Acceptable Here", "no common way to talk (codec)"},
	{489, 127, "Bad Event", "that kind of event is not known"},
	{491, 41, "Request Pending", "another change is under way"},
	{493, 127, "Undecipherable", "could not be deciphered"},
	{494, 127, "Security Agreement Required", "a security agreement is needed"},
	{500, 41, "Server Internal Error", "something went wrong"},
	{501, 79, "Not Implemented", "not possible here"},
	{502, 38, "Bad Gateway", "the line failed"},
	{503, 41, "Service Unavailable", "no line is free or in service"},
	{504, 102, "Server Time-out", "the other network did not answer"},
	{505, 127, "Version Not Supported", "another SIP version is spoken there"},
	{513, 127, "Message Too Large", "the request was too large"},
	{555, 127, "Push Notification Service Not Supported", "that push service is not known"},
	{580, 47, "Precondition Failure", "a condition could not be met"},
	{600, 17, "Busy Everywhere", "busy"},
	{603, 21, "Decline", "declined"},
	{604, 1, "Does Not Exist Anywhere", "unknown number"},
	{606, 58, "Not Acceptable", "no common way to talk (codec)"},
	{607, 21, "Unwanted", "the call is not wanted"},
	{608, 21, "Rejected", "the call was rejected on the way"},
}

// q850Table maps Q.850 causes to the SIP status that carries them, RFC 3398
// §7.2.4.1; what is absent becomes 500.
var q850Table = map[int]int{
	1: 404, 2: 404, 3: 404, 17: 486, 18: 408, 19: 480, 20: 480, 21: 403, 22: 410,
	23: 410, 26: 404, 27: 502, 28: 484, 29: 501, 31: 480, 34: 503, 38: 503, 41: 503, 42: 503,
	47: 503, 55: 403, 57: 403, 58: 503, 65: 488, 70: 488, 79: 501, 87: 403, 88: 503,
	102: 504, 111: 500, 127: 500,
}

// Phrase returns the reason phrase of a SIP status code as RFC 3261 §21 prints
// it, or the phrase of its class for a code that the table lacks.
func Phrase(status int) string {
	if r, ok := rowOf(status); ok {
		return r.phrase
	}
	switch {
	case status < 200:
		return "Trying"
	case status < 300:
		return "OK"
	case status < 400:
		return "Redirect"
	case status < 500:
		return "Request Failure"
	case status < 600:
		return "Server Failure"
	}
	return "Global Failure"
}

// FromStatus returns the Cause of a final SIP response. phrase is the far side's
// reason phrase and may be empty.
func FromStatus(status int, phrase string) Cause {
	c := Cause{Status: status, Text: phrase}
	if r, ok := rowOf(status); ok {
		c.Q850 = r.q850
		if strings.EqualFold(phrase, r.phrase) {
			c.Text = ""
		}
	} else {
		c.Q850 = 127
	}
	return c
}

// FromQ850 returns the Cause of a Q.850 value, 1 to 127 (RFC 3398 §7.2.4.1).
func FromQ850(value int, text string) Cause {
	status, ok := q850Table[value]
	if !ok {
		status = 500
	}
	if value == 16 {
		status = 0
	}
	return Cause{Status: status, Q850: value, Text: text}
}

// Words returns the cause as a person would say it: "busy", "declined", or what
// the far side wrote where it wrote something of its own. They begin with a small
// letter, whoever wrote them, so that records of one reason are alike.
func (c Cause) Words() string {
	if c.Text != "" {
		return small(c.Text)
	}
	if c.Status == 0 {
		return "ended normally"
	}
	if r, ok := rowOf(c.Status); ok {
		return r.words
	}
	return Phrase(c.Status)
}

// small begins a text with a small letter, but where it begins with an abbreviation.
func small(text string) string {
	first, n := utf8.DecodeRuneInString(text)
	second, _ := utf8.DecodeRuneInString(text[n:])
	if !unicode.IsUpper(first) || !unicode.IsLower(second) {
		return text
	}
	return string(unicode.ToLower(first)) + text[n:]
}

// String returns the cause for a log line: "486 busy".
func (c Cause) String() string {
	if c.Status == 0 {
		return c.Words()
	}
	return fmt.Sprintf("%d %s", c.Status, c.Words())
}

// ReasonHeader returns the values of the Reason header fields (RFC 3326) that a
// BYE, a CANCEL or a refusal with this cause carries; nil where there is nothing
// to say.
func (c Cause) ReasonHeader() []string {
	var out []string
	text := quotable(cmp.Or(c.Text, c.Words())) // on the wire as it was written
	if c.Status >= 200 && c.Status < 700 {
		out = append(out, fmt.Sprintf("SIP;cause=%d;text=\"%s\"", c.Status, text))
	}
	if c.Q850 > 0 && c.Q850 < 128 {
		out = append(out, fmt.Sprintf("Q.850;cause=%d;text=\"%s\"", c.Q850, text))
	}
	return out
}

// quotable drops what would end a quoted-string (RFC 3261 §25.1).
func quotable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == '\\' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

func rowOf(status int) (causeRow, bool) {
	for _, r := range causeTable {
		if r.status == status {
			return r, true
		}
	}
	return causeRow{}, false
}
