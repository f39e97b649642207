package registrar_test

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/test/fakeua"
)

func TestGuessersAreHeldBackByAddress(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		guesser := b.phone("1001", 66)
		guesser.Password = "guess"
		for range 10 {
			status(t, "a wrong guess", guesser.Register(fakeua.Registration{}), 403)
		}
		guesser.Password = "pw-1001"
		status(t, "the right password after ten wrong ones", guesser.Register(fakeua.Registration{}), 403)
		status(t, "the same user from elsewhere", b.phone("1001", 9).Register(fakeua.Registration{}), 200)
		time.Sleep(31 * time.Second)
		status(t, "after a while", guesser.Register(fakeua.Registration{}), 200)
	})
}

func TestAnAddressWithAGoodRegistrationIsNotHeldBack(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		good := b.phone("1002", 7).Online()
		bad := fakeua.Phone(t, b.net, "1001", "192.0.2.7:5070", b.socket.Addr()) // behind the same router
		b.uas = append(b.uas, bad)
		bad.Password = "old"
		for range 30 {
			status(t, "a phone with an old password", bad.Register(fakeua.Registration{}), 403)
		}
		status(t, "its neighbor", good.Register(fakeua.Registration{}), 200)
	})
}
