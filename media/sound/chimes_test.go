package sound

import (
	"testing"
	"time"
)

func TestEveryChimeIsHeard(t *testing.T) {
	if len(chimes()) < 20 {
		t.Errorf("%d chimes", len(chimes()))
	}
	for name := range chimes() {
		clip, ok := Find(name + ".wav")
		if !ok || clip.Length() < 100*time.Millisecond || clip.Length() > 2*time.Second {
			t.Errorf("%s lasts %v, %v", name, clip.Length(), ok)
		}
	}
}
