package dialplan

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// checkValue evaluates an argument without a call and reads it. Where a condition decides between values, both are
// checked, whichever a call will take. known says whether the value is complete.
func (c *compiler) checkValue(e hclsyntax.Expression, read reader) (value any, known, ok bool) {
	v, ok := c.evaluate(e)
	if !ok {
		return nil, false, false
	}
	value, problems := read(v, &reading{names: c.plan.names})
	c.problems(e, problems)
	if !v.IsWhollyKnown() {
		c.checkArms(e, read)
	}
	return value, v.IsWhollyKnown(), true
}

func (c *compiler) checkArms(e hclsyntax.Expression, read reader) {
	switch e := unparen(e).(type) {
	case *hclsyntax.ConditionalExpr:
		c.checkValue(e.TrueResult, read)
		c.checkValue(e.FalseResult, read)
	case *hclsyntax.TupleConsExpr:
		for _, element := range e.Exprs {
			if _, ok := unparen(element).(*hclsyntax.ConditionalExpr); ok {
				c.checkArms(element, read)
			}
		}
	}
}

// probeHost stands for a host that a caller would like tandem to send requests to (RFC 2606 §2).
const probeHost = "probe.invalid"

// letProbes are numbers that a caller might dial to be sent to a host of his choice; argumentProbes also one that would
// choose the kind of target.
func letProbes() []string { return []string{probeHost, "1@" + probeHost} }

func argumentProbes() []string { return append(letProbes(), "sip:1@"+probeHost) }

// checkHosts refuses a sip: target whose host, or that it is one, comes from the call. It makes up calls and looks where
// they would go, with both sides of every condition.
func (c *compiler) checkHosts(e hclsyntax.Expression, probes []string) bool {
	for _, probe := range probes {
		if c.leadsTo(e, probe) {
			c.errorf(e.Range(), `Write it out: "sip:${to}@192.0.2.1".`, "the host of a sip: target must not come from the call")
			return false
		}
	}
	return true
}

// leadsTo says whether some value that e may take is a SIP URI at the probe's host.
func (c *compiler) leadsTo(e hclsyntax.Expression, probe string) bool {
	s := c.plan.newScope(Request{From: Source{FromUser, "1"}, To: probe, Caller: probe})
	for _, l := range c.order {
		if l.live && !l.broken && s.provide(l.needs) == nil {
			_ = s.provide([]*let{&l.let})
		}
	}
	found := false
	visit(e, func(n hclsyntax.Node) {
		arm, ok := n.(hclsyntax.Expression)
		if !ok || found {
			return
		}
		if c, isChoice := arm.(*hclsyntax.ConditionalExpr); isChoice {
			found = reaches(c.TrueResult, s) || reaches(c.FalseResult, s)
		}
	})
	return found || reaches(e, s)
}

func reaches(e hclsyntax.Expression, s *scope) bool {
	v, diags := e.Value(s.ctx)
	return !diags.HasErrors() && holdsProbe(v)
}

// holdsProbe looks for a SIP URI at the probe's host in a value.
func holdsProbe(v cty.Value) bool {
	if v.IsNull() || !v.IsKnown() {
		return false
	}
	if isList(v) {
		for _, element := range v.AsValueSlice() {
			if holdsProbe(element) {
				return true
			}
		}
		return false
	}
	if v.Type() != cty.String {
		return false
	}
	uri := v.AsString()
	return (strings.HasPrefix(uri, "sip:") || strings.HasPrefix(uri, "sips:")) && strings.Contains(uriHost(uri), probeHost)
}
