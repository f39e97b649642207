package leg

import "github.com/emiago/sipgo/sip"

// byOther calls the device by another of its flows, where it has one that is open,
// after one has failed or its proxy has answered 430 (RFC 5626 §5.3, §6). Its
// description stays, so it must be of the same kind.
func (out *Outgoing) byOther() bool {
	for len(out.others) > 0 {
		b := out.others[0]
		out.others = out.others[1:]
		if profileOf(b.Flow) != out.profile {
			continue
		}
		select {
		case <-b.Flow.Closed():
			continue
		default:
		}
		req := out.request.Clone()
		req.Recipient = b.Contact
		seq := out.request.CSeq().SeqNo
		if sent := out.sent.Request(); sent != nil {
			seq = sent.CSeq().SeqNo
		}
		req.ReplaceHeader(&sip.CSeqHeader{SeqNo: seq + 1, MethodName: sip.INVITE})
		for req.RemoveHeader("Route") {
		}
		for i := len(b.Path) - 1; i >= 0; i-- {
			req.PrependHeader(&sip.RouteHeader{Address: b.Path[i]})
		}
		out.request, out.dest.Flow, out.forks = req, b.Flow, make(map[string]*earlyDialog)
		out.core.move(&out.leg, b.Flow)
		out.sendInvite()
		return true
	}
	return false
}
