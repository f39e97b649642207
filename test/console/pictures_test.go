package console

import (
	"bytes"
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tandemgw/tandem/test/peers"
)

var pictures = flag.String("pictures", "", "the folder that the pictures of the documents are written to")

// mostOctets is how large a picture of the documents may be.
const mostOctets = 150_000

// TestPicturesOfTheDocuments takes them, of a call between two web phones, where it is
// told where they go; those that there are are looked at anyway.
func TestPicturesOfTheDocuments(t *testing.T) {
	if *pictures != "" {
		takePictures(t, *pictures)
	}
	for _, name := range []string{"console.png", "phone.png"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "docs", "pictures", name))
		if err != nil {
			t.Fatal(err)
		}
		if c, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width < 600 || len(data) > mostOctets {
			t.Errorf("%s: %d octets, %d wide (%v)", name, len(data), c.Width, err)
		}
	}
}

func takePictures(t *testing.T, dir string) {
	g := peers.StartGateway(t, setup)
	browser := peers.StartChromium(t, "")
	ann, ben := sit(t, browser, g, "201"), sit(t, browser, g, "202")
	ann.Write("number", "202")
	ann.Click("call")
	ben.Click("answer")
	ann.Sees("that they talk", "document.querySelector('[data-testid=call-card][data-state=talking]')")
	o := signIn(t, browser, g, "ann")
	o.Size(1360, 820)
	o.Click("nav-calls")
	o.Sees("the call", "document.querySelector('[data-testid=table] a.rowlink')")
	o.Do("document.querySelector('[data-testid=table] a.rowlink').click()")
	o.Sees("its ladder", "document.querySelectorAll('[data-testid=ladder-rows] [role=option]').length > 15")
	write(t, filepath.Join(dir, "console.png"), o.Console)
	write(t, filepath.Join(dir, "phone.png"), ann)
}

// sit opens the web phone and signs in.
func sit(t *testing.T, browser *peers.Chromium, g *peers.Gateway, user string) *peers.Console {
	t.Helper()
	p := browser.OpenPage(t, g.HTTP, 1000, 780)
	p.Sees("how to sign in", "document.querySelector('[data-testid=login], [data-testid=elsewhere]')")
	p.Do("document.querySelector('[data-testid=use-another]')?.click()")
	p.Write("login-user", user)
	p.Write("login-password", "secret-of-"+user)
	p.Click("login-submit")
	p.Sees("that it is registered", "document.querySelector('[data-testid=registration][data-state=registered]')")
	return p
}

// write takes a picture, and writes it with as few colors as a page has.
func write(t *testing.T, path string, p *peers.Console) {
	t.Helper()
	p.Do("document.querySelectorAll('*').forEach((e) => { if (e.scrollHeight > e.clientHeight) e.style.scrollbarWidth = 'none' })")
	p.Picture(path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, fewColors(whole)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil { //nolint:gosec // a picture of the documents
		t.Fatal(err)
	}
}

// unlike says that two colors are told apart with ease.
func unlike(a, b color.RGBA) bool {
	r, g, u := int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B)
	return r*r+g*g+u*u > 48
}

// fewColors gives a picture 256 colors at most, of those that it has most of.
func fewColors(whole image.Image) image.Image {
	counts, b := map[color.RGBA]int{}, whole.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(whole.At(x, y)).(color.RGBA) }
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	var all []color.RGBA
	for c := range counts {
		all = append(all, c)
	}
	slices.SortFunc(all, func(x, y color.RGBA) int {
		return cmp.Or(counts[y]-counts[x], int(x.R)-int(y.R), int(x.G)-int(y.G), int(x.B)-int(y.B))
	})
	// Those that are most, each unlike those before it: what is rare and red stays red.
	var colors color.Palette
	for _, c := range all {
		if len(colors) == 256 {
			break
		}
		if len(colors) == 0 || unlike(c, colors[colors.Index(c)].(color.RGBA)) {
			colors = append(colors, c)
		}
	}
	few, nearest := image.NewPaletted(b, colors), map[color.RGBA]uint8{}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := at(x, y)
			i, known := nearest[c]
			if !known {
				i = uint8(colors.Index(c)) //nolint:gosec // of 256
				nearest[c] = i
			}
			few.SetColorIndex(x, y, i)
		}
	}
	return few
}
