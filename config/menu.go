package config

import (
	"strconv"

	"github.com/tandemgw/tandem/dialplan"
)

// menuBlock is the block of a menu, which package dialplan reads.
func menuBlock() Block {
	sound := Shape{Kind: KindText, Of: `sound file, or "tone:NAME"`}
	flag := Shape{Kind: KindFlag}
	return Block{Type: "menu", Attributes: []Attribute{
		{Name: "play", Shape: Shape{Kind: KindList, Item: &sound, OrItem: true}},
		{Name: "wait", Shape: lengthOfTime("100ms", "5m")},
		{Name: "between", Shape: lengthOfTime("100ms", "30s")},
		{Name: "digits", Shape: wholeNumber(1, dialplan.MaxMenuDigits)},
		{Name: "retries", Shape: wholeNumber(0, dialplan.MaxMenuRetries)},
		{Name: "invalid", Shape: Shape{Kind: KindText, Of: "sound file"}},
		{Name: "answer", Shape: flag},
		{Name: "direct", Shape: flag},
		{Name: "keys", Shape: Shape{Kind: KindTable, Of: "keys", Item: &Shape{Kind: KindSteps}}},
	}}
}

func lengthOfTime(least, most string) Shape { return Shape{Kind: KindTime, Least: least, Most: most} }

func wholeNumber(least, most int) Shape {
	return Shape{Kind: KindNumber, Least: strconv.Itoa(least), Most: strconv.Itoa(most)}
}
