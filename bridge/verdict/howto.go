package verdict

// Pages of docs/howto, which faults and chips lead to.
const (
	howtoNoAudio  = "no-audio"
	howtoOneWay   = "one-way-audio"
	howtoNAT      = "behind-a-nat"
	howtoICE      = "no-audio"
	howtoFirewall = "one-way-audio"
	howtoCodec    = "no-audio"
	howtoChoppy   = "choppy-audio"
	howtoDrops    = "call-drops"
	howtoOffline  = "cannot-register"
	howtoDoctor   = "doctor"
	howtoTrunk    = "trunk-by-registration"
	howtoSetup    = "doctor"
)
