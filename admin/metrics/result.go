package metrics

import "github.com/tandemgw/tandem"

// What becomes of a call, as the labels say.
const (
	resultAnswered = "answered"
	resultCanceled = "canceled"
	resultBusy     = "busy"
	resultNoAnswer = "no_answer"
	resultDeclined = "declined"
	resultNotFound = "not_found"
	resultRefused  = "refused"
	resultFailed   = "failed"
)

// results are all of them.
var results = []string{
	resultAnswered, resultCanceled, resultBusy, resultNoAnswer, resultDeclined, resultNotFound, resultRefused, resultFailed,
}

// resultOf says what became of a call that has ended with a cause.
func resultOf(answered bool, c tandem.Cause) string {
	switch {
	case answered:
		return resultAnswered
	case c.Status == 0 && c.Q850 == 16, c.Status == 487:
		return resultCanceled
	}
	switch c.Status {
	case 486, 600:
		return resultBusy
	case 408, 480:
		return resultNoAnswer
	case 603:
		return resultDeclined
	case 404, 410, 484, 604:
		return resultNotFound
	case 401, 402, 403, 407, 607, 608:
		return resultRefused
	}
	return resultFailed
}

// isFault says whether that is nobody's choice.
func isFault(result string) bool { return result == resultFailed }
