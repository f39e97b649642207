package codecs

import "math"

// dtmfTone is a tone that is, or may become, a digit.
type dtmfTone struct {
	row, col int
	possible bool
	on       bool
	torn     bool // samples were skipped since the last hit
	pieced   bool // samples were skipped between two hits
	proofs   int  // in a row; dtmfProofs once there were so many
	hits     int
	missed   int               // blocks since the last hit
	covered  float32           // how long it lasts, in hops
	bridged  float32           // of that, what was skipped between two of its first three hits
	owed     float32           // what the blocks since the last hit lack, in hops
	joined   float32           // what blocks across a hole would have told, which proves nothing
	hole     float32           // what was skipped since the last hit, in hops,
	cut      float32           // and of that where the tone had not begun to end
	before   float32           // what was skipped right before the first hit, in hops,
	lead     float32           // and what of that counts for the proof
	from     int64             // where it began
	first    [3]dtmfBlockFound // the block before the first hit, that and the next
	loud     [2]float32        // energy of the sines where it sounds all the time
}

// goOn takes another hit of the tone.
func (d *DTMFDetector) goOn(b *dtmfBlockFound) {
	t := &d.tone
	switch {
	case t.proofs >= dtmfProofs:
	case t.torn:
		t.torn, t.pieced = false, true // the phases say nothing across it
	case t.missed == 0 && d.proves(&d.last, b):
		t.proofs++
	default:
		t.proofs = 0
	}
	t.covered += t.hole // what was missing was part of it
	if t.on {
		t.covered += t.owed
	} else {
		t.joined += t.owed
	}
	if t.hits < 3 {
		t.bridged += t.hole
	}
	t.hits, t.missed, t.owed, t.hole, t.cut = t.hits+1, 0, 0, 0, 0
	switch {
	case t.hits == 2:
		t.first[2] = *b
		d.measureStart(b)
	case t.hits == 3: // now it is known how loud the tone is where it sounds all the time
		d.measureStart(b)
		t.covered += t.part(b)
	case t.part(b) >= dtmfWhole:
		t.covered++
	default:
		t.covered += t.part(b)
	}
}

// measureStart works out anew how long the tone lasts so far, and where it began,
// knowing how loud it is in block b.
func (d *DTMFDetector) measureStart(b *dtmfBlockFound) {
	t := &d.tone
	t.loud = [2]float32{max(t.loud[0], b.energy[t.row]), max(t.loud[1], b.energy[t.col])}
	t.covered = t.bridged
	for i := range min(t.hits, 2) + 1 {
		t.covered += t.part(&t.first[i])
	}
	// The middle of the block in which it is known to sound, and what is before.
	end := d.at
	if t.hits >= 3 {
		end -= int64(d.hop)
	}
	t.from = max(0, end+int64(d.block/2)+int64(d.hop/2)-int64(t.covered*float32(d.hop)))
}

// proven says that a tone is a digit. Of one of which something is known to be missing
// less proof will do: that it is the same before and after is as good, and what came
// before it may have been of it.
func (t *dtmfTone) proven() bool {
	enough := dtmfProofs
	switch {
	case t.pieced:
		enough = dtmfProofsPieced
	case t.lead > 0:
		enough = dtmfProofsLed
	}
	return t.proofs >= enough && t.covered+t.hole+t.lead >= dtmfLength
}

// part is how much of what a block counts for the tone has.
func (t *dtmfTone) part(b *dtmfBlockFound) float32 {
	return min(part(b.energy[t.row], t.loud[0]), part(b.energy[t.col], t.loud[1]))
}

// part is the share of a block in which a sine sounds: its amplitude there is as
// much less.
func part(energy, whole float32) float32 {
	if energy >= whole {
		return 1
	}
	return float32(math.Sqrt(float64(energy / whole)))
}

// change describes the tone.
func (d *DTMFDetector) change(end bool) DTMFChange {
	t := &d.tone
	length := t.covered + t.joined
	if t.before > 0 && t.part(&t.first[1]) >= dtmfWhole {
		length += heldBy(t.before)
	}
	if end && t.cut > 0 {
		length += heldBy(t.cut)
	}
	return DTMFChange{
		Event: dtmfEvents[t.row][t.col-4], End: end, From: t.from,
		Length: int(length * float32(d.hop)),
	}
}

// heldBy is how much of a tone lay in a hole in which it began or ended, where nobody
// knows: half of the hole.
func heldBy(hole float32) float32 { return dtmfEdge + min(hole, dtmfHole)/2 }
