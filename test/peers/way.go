package peers

import "encoding/json"

// Way is what a browser says of the pair of candidates that its media takes.
type Way struct {
	Protocol      string `json:"protocol"`      // of the local candidate
	Type          string `json:"candidateType"` // of the local candidate
	RelayProtocol string `json:"relayProtocol"`
}

// WayOf asks a browser which way its media takes.
func WayOf(web *WebPeer) Way {
	text := Eval[string](web.Tab, `(async () => {
		const all = await peer.stats(), by = (id) => all.find((r) => r.id === id) || {};
		const pair = by((all.find((r) => r.type === 'transport') || {}).selectedCandidatePairId);
		return JSON.stringify(by(pair.localCandidateId));
	})()`)
	var w Way
	_ = json.Unmarshal([]byte(text), &w)
	return w
}
