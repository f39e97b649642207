package numbering

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func plan(t testing.TB, c Config) *Plan {
	t.Helper()
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// extensions are two users, a pattern and a row.
func extensions(names ...string) func(string) bool {
	return func(s string) bool {
		return slices.Contains(names, s) || len(s) == 3 && s[0] == '2' && strings.Trim(s, "0123456789") == ""
	}
}

func TestNumbersAreUnderstoodAsPeopleWriteThem(t *testing.T) {
	gb := Config{Country: "GB", Emergency: []string{"999", "112"}, Extension: extensions("alice", "101", "02079460999")}
	withArea := gb
	withArea.Area = "20"
	outside := gb
	outside.Outside = "9"
	for _, c := range []struct {
		config  Config
		dialed  string
		want    string
		class   Class
		country string
	}{
		{gb, "020 7946 0000", "+442079460000", National, "GB"},
		{gb, "(020) 7946-0000", "+442079460000", National, "GB"},
		{gb, "020.7946.0000", "+442079460000", National, "GB"},
		{gb, "020/7946\u00a00000", "+442079460000", National, "GB"},
		{gb, "+44 (0)20 7946 0000", "+442079460000", National, "GB"},
		{gb, "+44 20 7946 0000", "+442079460000", National, "GB"},
		{gb, "0044 20 7946 0000", "+442079460000", National, "GB"},
		{gb, "00 44 (0)20 7946 0000", "+442079460000", National, "GB"},
		{gb, "tel:+44-20-7946-0000", "+442079460000", National, "GB"},
		{gb, "tel:79460000;phone-context=+4420", "+442079460000", National, "GB"},
		{gb, "tel:020-7946-0000;phone-context=example.com", "+442079460000", National, "GB"},
		{gb, "+442079460000;npdi;rn=+441", "+442079460000", National, "GB"},
		{gb, "٠٢٠٧٩٤٦٠٠٠٠", "+442079460000", National, "GB"},
		{gb, "07400 123456", "+447400123456", Mobile, "GB"},
		{gb, "07700 900123", "+447700900123", National, "GB"}, // set apart for films: no table has it
		{gb, "0900 123 4567", "+449001234567", Premium, "GB"},
		{gb, "0800 1111 000", "+448001111000", TollFree, "GB"},
		{gb, "0844 123 4567", "+448441234567", Premium, "GB"},
		{gb, "070 1234 5678", "+447012345678", Premium, "GB"},
		{gb, "01534 440000", "+441534440000", International, "JE"},
		{gb, "00 33 1 23 45 67 89", "+33123456789", International, "FR"},
		{gb, "00 33 6 12 34 56 78", "+33612345678", International, "FR"},
		{gb, "+33 899 12 34 56", "+33899123456", Premium, "FR"},
		{gb, "+1 876 555 0123", "+18765550123", International, "JM"},
		{gb, "00 882 16 1234567", "+882161234567", Satellite, ""},
		{gb, "+881 6 1234 5678", "+881612345678", Satellite, ""},
		{gb, "+870 773 111 632", "+870773111632", Satellite, ""},
		{gb, "+979 123 456 789", "+979123456789", Premium, ""},
		{gb, "+800 1234 5678", "+80012345678", TollFree, ""},
		{gb, "999", "999", Emergency, "GB"},
		{gb, "9-9-9", "999", Emergency, "GB"},
		{gb, "112", "112", Emergency, "GB"},
		{gb, "911", "911", Internal, ""}, // a library alone makes it +44911
		{gb, "101", "101", Internal, ""}, // the police's number, which is somebody's extension here
		{gb, "111", "111", Service, "GB"},
		{gb, "118500", "118500", Service, "GB"},
		{gb, "201", "201", Internal, ""},
		{gb, "2 0 1", "201", Internal, ""},
		{gb, "345", "345", Internal, ""},
		{gb, "alice", "alice", Internal, ""},
		{gb, "bob.smith", "bob.smith", Internal, ""},
		{gb, "02079460999", "02079460999", Internal, ""},
		{gb, "*97", "*97", Internal, ""},
		{gb, "*97 201", "*97201", Internal, ""},
		{gb, "", "", Internal, ""},
		{gb, "+", "+", Internal, ""},
		{gb, "9020794600001234567890", "9020794600001234567890", Other, ""},
		{gb, "+999 123 4567", "+9991234567", Other, ""},
		{withArea, "7946 0000", "+442079460000", National, "GB"},
		{withArea, "020 7946 0000", "+442079460000", National, "GB"},
		{withArea, "201", "201", Internal, ""},
		{outside, "9 020 7946 0000", "+442079460000", National, "GB"},
		{outside, "9 00 33 1 23 45 67 89", "+33123456789", International, "FR"},
		{outside, "9 999", "999", Emergency, "GB"},
		{outside, "999", "999", Emergency, "GB"},
		{outside, "9 111", "111", Service, "GB"},
		{outside, "9 101", "101", Service, "GB"},
		{outside, "020 7946 0000", "+442079460000", National, "GB"},
		{outside, "201", "201", Internal, ""},
		{Config{Country: "DE"}, "030 123456", "+4930123456", National, "DE"},
		{Config{Country: "DE"}, "0171 1234567", "+491711234567", Mobile, "DE"},
		{Config{Country: "DE"}, "+49 (0)30 123456", "+4930123456", National, "DE"},
		{Config{Country: "DE"}, "110", "110", Emergency, "DE"},
		{Config{Country: "DE"}, "0900 1 123456", "+499001123456", Premium, "DE"},
		{Config{Country: "DE"}, "0180 5 123456", "+491805123456", SharedCost, "DE"},
		{Config{Country: "DE"}, "116117", "116117", Service, "DE"},
		{Config{Country: "DE", Outside: "0"}, "0 030 123456", "+4930123456", National, "DE"},
		{Config{Country: "DE", Outside: "0"}, "0 0033 1 23 45 67 89", "+33123456789", International, "FR"},
		{Config{Country: "DE", Outside: "0"}, "0112", "112", Emergency, "DE"},
		{Config{Country: "DE", Outside: "0", Area: "30"}, "0 123456", "+4930123456", National, "DE"},
		{Config{Country: "US"}, "(202) 456-1111", "+12024561111", National, "US"},
		{Config{Country: "US"}, "1-202-456-1111", "+12024561111", National, "US"},
		{Config{Country: "US"}, "011 44 20 7946 0000", "+442079460000", International, "GB"},
		{Config{Country: "US"}, "1 876 955 0123", "+18769550123", International, "JM"},
		{Config{Country: "US"}, "1-900-234-5678", "+19002345678", Premium, "US"},
		{Config{Country: "US"}, "1-800-FLOWERS", "+18003569377", TollFree, "US"},
		{Config{Country: "US"}, "4ever", "4ever", Internal, ""},
		{Config{Country: "US"}, "911", "911", Emergency, "US"},
		{Config{Country: "US"}, "411", "411", Service, "US"},
		{Config{Country: "US"}, "20123", "20123", Internal, ""},
		{Config{Country: "US", Area: "202"}, "456-1111", "+12024561111", National, "US"},
		{Config{Country: "US", Outside: "9"}, "9 1 202 456 1111", "+12024561111", National, "US"},
		{Config{Country: "US", Outside: "9"}, "9911", "911", Emergency, "US"},
		{Config{Country: "CA"}, "1 800 356 9377", "+18003569377", TollFree, "CA"},
		{Config{Country: "CA"}, "1 202 456 1111", "+12024561111", International, "US"},
		{Config{Country: "FR"}, "01 23 45 67 89", "+33123456789", National, "FR"},
		{Config{Country: "FR"}, "15", "15", Emergency, "FR"},
		{Config{Country: "FR"}, "3200", "3200", Premium, "FR"},
		{Config{Country: "FR"}, "0 892 12 34 56", "+33892123456", Premium, "FR"},
		{Config{Country: "IT"}, "06 1234 5678", "+390612345678", National, "IT"},
		{Config{Country: "IT"}, "+39 06 1234 5678", "+390612345678", National, "IT"},
		{Config{Country: "IT"}, "312 345 6789", "+393123456789", Mobile, "IT"},
		{Config{Country: "ES"}, "912 34 56 78", "+34912345678", National, "ES"},
		{Config{Country: "ES"}, "612 34 56 78", "+34612345678", Mobile, "ES"},
		{Config{Country: "ES"}, "061", "061", Service, "ES"},
		{Config{Country: "BR"}, "(11) 98765-4321", "+5511987654321", Mobile, "BR"},
		{Config{Country: "BR"}, "0 41 11 98765-4321", "+5511987654321", Mobile, "BR"},
		{Config{Country: "BR"}, "00 21 44 20 7946 0000", "+442079460000", International, "GB"},
		{Config{Country: "BR"}, "190", "190", Emergency, "BR"},
		{Config{Country: "AU"}, "0011 44 20 7946 0000", "+442079460000", International, "GB"},
		{Config{Country: "AU"}, "(02) 9876 5432", "+61298765432", National, "AU"},
		{Config{Country: "AU"}, "000", "000", Emergency, "AU"},
		{Config{Country: "AR"}, "011 15-2345-6789", "+5491123456789", Mobile, "AR"},
		{Config{Country: "HU"}, "06 1 234 5678", "+3612345678", National, "HU"},
		{Config{Country: "RU"}, "8 495 123 45 67", "+74951234567", National, "RU"},
		{Config{Country: "RU"}, "8~10 44 20 7946 0000", "8~10 44 20 7946 0000", Internal, ""},
		{Config{Country: "RU"}, "8 10 44 20 7946 0000", "+442079460000", International, "GB"},
	} {
		n := plan(t, c.config).Normalize(c.dialed)
		if n.String() != c.want || n.Class != c.class || n.Country != c.country || n.Raw != c.dialed {
			t.Errorf("%s: Normalize(%q) = %+v, want %s, %s, %q", c.config.Country, c.dialed, n, c.want, c.class, c.country)
		}
	}
}

func TestWhatCarriersSend(t *testing.T) {
	gb := plan(t, Config{Country: "GB", Outside: "9", Area: "20", Extension: extensions("2071")})
	for _, c := range []struct{ sent, form, want string }{
		{"+442079460000", E164, "+442079460000"},
		{"00442079460000", DoubleZero, "+442079460000"},
		{"02079460000", InCountry, "+442079460000"},
		{"2079460000", AsIs, "+442079460000"},
		{"442079460000", AsIs, "+442079460000"},
		{"33123456789", WithoutPlus, "+33123456789"},
		{"011442079460000", ZeroOneOne, "+442079460000"},
		{"902079460000", E164, "902079460000"}, // nobody there gets an outside line of ours
		{"79460000", E164, "79460000"},
		{"201", WithoutPlus, "201"},
		{"anonymous", E164, "anonymous"},
		{"999", E164, "999"},
	} {
		if got := gb.ReceivedAs(c.sent, c.form).String(); got != c.want {
			t.Errorf("ReceivedAs(%q, %s) = %q, want %q", c.sent, c.form, got, c.want)
		}
	}
}

func TestEachCarrierGetsItsForm(t *testing.T) {
	gb := plan(t, Config{Country: "GB"})
	de, err := gb.In("DE")
	if err != nil {
		t.Fatal(err)
	}
	us, _ := gb.In("US")
	it, _ := gb.In("IT")
	for _, c := range []struct {
		p                  *Plan
		number, form, want string
	}{
		{gb, "+442079460000", E164, "+442079460000"},
		{gb, "+442079460000", WithoutPlus, "442079460000"},
		{gb, "+442079460000", DoubleZero, "00442079460000"},
		{gb, "+442079460000", ZeroOneOne, "011442079460000"},
		{gb, "+12024561111", ZeroOneOne, "12024561111"},
		{gb, "+442079460000", InCountry, "02079460000"},
		{gb, "+447700900123", InCountry, "07700900123"},
		{gb, "+33123456789", InCountry, "0033123456789"},
		{gb, "+441534440000", InCountry, "01534440000"},
		{gb, "+442079460000", AsIs, "+442079460000"},
		{de, "+442079460000", InCountry, "00442079460000"},
		{de, "+4930123456", InCountry, "030123456"},
		{us, "+12024561111", InCountry, "2024561111"},
		{us, "+442079460000", InCountry, "011442079460000"},
		{it, "+390612345678", InCountry, "0612345678"},
		{gb, "999", DoubleZero, "999"},
		{gb, "201", E164, "201"},
		{gb, "alice", InCountry, "alice"},
	} {
		if got := c.p.Format(c.p.Received(c.number), c.form); got != c.want {
			t.Errorf("%s: Format(%s, %s) = %q, want %q", c.p.Country, c.number, c.form, got, c.want)
		}
	}
	if n := de.Received("999"); n.Class != Emergency {
		t.Errorf("the help of our own country is no help at a carrier's: %+v", n)
	}
}

func TestEveryCountrysNumbersGoAndComeBack(t *testing.T) {
	kinds := []phonenumbers.PhoneNumberType{
		phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE, phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.VOIP,
	}
	gb := plan(t, Config{Country: "GB"})
	for _, country := range Countries() {
		p, err := gb.In(country)
		if err != nil {
			t.Fatalf("%s: %v", country, err)
		}
		for _, kind := range kinds {
			example := phonenumbers.GetExampleNumberForType(country, kind)
			if example == nil {
				continue
			}
			n := p.Received(phonenumbers.Format(example, phonenumbers.E164))
			if !n.Valid || n.Country == "" {
				t.Errorf("%s: the country's own %v is not known: %+v", country, kind, n)
				continue
			}
			for _, form := range Forms() {
				written := p.Format(n, form)
				back := p.ReceivedAs(written, form)
				if back.E164 != n.E164 || back.Class != n.Class {
					t.Errorf("%s: %s written as %s is %q, which is read as %+v", country, n.E164, form, written, back)
				}
			}
		}
	}
}

func TestNormalizingTwiceIsNormalizingOnce(t *testing.T) {
	plans := []*Plan{
		plan(t, Config{Country: "GB", Outside: "9", Area: "20", Extension: extensions("101")}),
		plan(t, Config{Country: "DE", Outside: "0", Area: "30"}),
		plan(t, Config{Country: "FR", Outside: "1"}),
		plan(t, Config{Country: "US", Outside: "9", Area: "202"}),
		plan(t, Config{Country: "IT", Outside: "0"}),
		plan(t, Config{Country: "BR", Outside: "0", Area: "11"}),
	}
	for _, p := range plans {
		for n := range 150 {
			for _, number := range []string{
				strings.Repeat("0", n%3) + itoa(n), "9" + itoa(n), "0" + itoa(n*79190), "00" + itoa(n*10472900), "+" + itoa(n*1548586300), itoa(n * 3245284300),
			} {
				once := p.Normalize(number)
				if twice := p.Normalize(once.String()); twice.String() != once.String() {
					t.Fatalf("%s: %q is %q, and that is %q", p.Country, number, once, twice)
				}
			}
		}
	}
}

func itoa(n int) string {
	var b []byte
	for ; n > 0; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return string(b)
}

func TestPlansThatCannotBe(t *testing.T) {
	for _, c := range []Config{{}, {Country: "UK"}, {Country: "gb"}, {Country: "001"}} {
		if _, err := New(c); !errors.Is(err, ErrCountry) {
			t.Errorf("New(%+v) = %v, want ErrCountry", c, err)
		}
	}
	for _, c := range []Config{
		{Country: "GB", Emergency: []string{"nine"}},
		{Country: "GB", Emergency: []string{"9999999"}},
		{Country: "GB", Area: "+20"},
		{Country: "GB", Outside: "nine"},
		{Country: "GB", Outside: "99999"},
	} {
		if _, err := New(c); err == nil || errors.Is(err, ErrCountry) {
			t.Errorf("New(%+v) = %v, want an error of its own", c, err)
		}
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	c := newCache[int, int]()
	for i := range 3*cacheSize + 10 {
		c.put(i, i)
	}
	if n := len(c.young) + len(c.old); n > 2*cacheSize {
		t.Errorf("the cache holds %d answers", n)
	}
	if v, ok := c.get(3*cacheSize - 1); !ok || v != 3*cacheSize-1 {
		t.Errorf("a late answer is forgotten")
	}
	if _, ok := c.get(0); ok {
		t.Errorf("the first answer is still there")
	}
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{
		"020 7946 0000", "+44 (0)20", "00882161234567", "tel:7042;phone-context=+4420", "1-800-FLOWERS", "9999", "*97", "+", ";", "٠٢", "0", "+44;phone-context=+44",
	} {
		f.Add(s)
	}
	plans := []*Plan{
		plan(f, Config{Country: "GB", Outside: "9", Area: "20", Extension: extensions("101", "alice")}),
		plan(f, Config{Country: "US", Area: "202"}),
		plan(f, Config{Country: "AR", Outside: "0"}),
	}
	f.Fuzz(func(t *testing.T, dialed string) {
		for _, p := range plans {
			once := p.Normalize(dialed)
			if twice := p.Normalize(once.String()); twice.String() != once.String() {
				t.Errorf("%s: %q is %q, and that is %q", p.Country, dialed, once, twice)
			}
			if once.E164 != "" && (once.E164[0] != '+' || !onlyDigits(once.E164[1:]) || len(once.E164) > 17) {
				t.Errorf("%s: %q is %q, which is no E.164", p.Country, dialed, once.E164)
			}
			for _, form := range Forms() {
				if written := p.Format(once, form); written == "" && once.String() != "" {
					t.Errorf("%s: %q is nothing as %s", p.Country, dialed, form)
				}
			}
		}
	})
}

func BenchmarkNormalize(b *testing.B) {
	p := plan(b, Config{Country: "GB"})
	b.Run("seen before", func(b *testing.B) {
		for b.Loop() {
			p.Normalize("020 7946 0000")
		}
	})
	for name, number := range map[string]string{"national": "020 7946 0000", "e164": "+442079460000", "abroad": "0033123456789", "extension": "201"} {
		b.Run("first time "+name, func(b *testing.B) {
			for b.Loop() {
				p.understand(number, true)
			}
		})
	}
}
