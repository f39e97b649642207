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

// queueBlock is the block of a queue, which package dialplan reads.
func queueBlock() Block {
	target, sound := Shape{Kind: KindText, Of: "target"}, Shape{Kind: KindText, Of: "sound file"}
	flag := Shape{Kind: KindFlag}
	return Block{Type: "queue", Attributes: []Attribute{
		{Name: "members", Shape: Shape{Kind: KindList, Item: &target}},
		{Name: "strategy", Shape: Shape{Kind: KindWord, Words: dialplan.Strategies()}},
		{Name: "music", Shape: sound},
		{Name: "position", Shape: lengthOfTime("5s", "1h")},
		{Name: "notice", Shape: sound},
		{Name: "timeout", Shape: lengthOfTime("1s", "12h")},
		{Name: "max_callers", Shape: wholeNumber(1, dialplan.MaxQueueCallers)},
		{Name: "ring", Shape: lengthOfTime("1s", "10m")},
		{Name: "retry", Shape: lengthOfTime("1s", "10m")},
		{Name: "wrap_up", Shape: lengthOfTime("0s", "1h")},
		{Name: "join_when_empty", Shape: flag},
		{Name: "leave_when_empty", Shape: flag},
		{Name: "priority", Shape: wholeNumber(0, dialplan.MaxPriority)},
		{Name: "exit_key", Shape: Shape{Kind: KindText, Of: "key of a telephone"}},
		{Name: "answer", Shape: flag},
	}}
}

func lengthOfTime(least, most string) Shape { return Shape{Kind: KindTime, Least: least, Most: most} }

func wholeNumber(least, most int) Shape {
	return Shape{Kind: KindNumber, Least: strconv.Itoa(least), Most: strconv.Itoa(most)}
}
