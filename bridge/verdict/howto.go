package verdict

// Pages of docs/howto, which faults and chips lead to.
const (
	howtoNoAudio  = "no-audio"
	howtoNAT      = "behind-a-nat"
	howtoICE      = "no-audio"
	howtoFirewall = "no-audio"
	howtoCodec    = "no-audio"
	howtoChoppy   = "no-audio"
	howtoDoctor   = "doctor"
	howtoTrunk    = "trunk-by-registration"
	howtoSetup    = "doctor"
)
