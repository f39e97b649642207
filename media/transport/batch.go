package transport

// Batch is what one reader has to send when it is through with the packets that
// it took off its sockets at one moment. A nil Batch keeps nothing.
type Batch struct{}
