package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// Change is one thing that differs between two configurations.
type Change struct {
	Part string `json:"part"` // as Changed names it, such as "users"
	Text string `json:"text"` // for people: "user 203 added". Secrets are named, never shown
}

// String is the text.
func (c Change) String() string { return c.Text }

// maxNamed bounds how many users, or trunks, are named one by one in a list of changes.
const maxNamed = 50

// keyOf turns the name of a field into that of the file: "MaxPTime" into "max_ptime". One key may stand for several fields.
func keyOf(field string) string {
	switch field {
	case "DisplayName":
		return "name"
	case "NoVideo":
		return "video"
	case "Port", "Transport":
		return "host"
	case "Addrs":
		return "address"
	case "Zone":
		return "timezone"
	case "PlanSum":
		return "dialplan"
	}
	field = strings.NewReplacer("PTime", "Ptime", "CallerID", "CallerId", "PublicIP", "PublicIp").Replace(field)
	var b strings.Builder
	for i, r := range field {
		if unicode.IsUpper(r) && i > 0 && !unicode.IsUpper(rune(field[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Changed names the parts of the file that differ between f and g, by their blocks: "domain", "listen", "users", "dialplan" and the like. none means
// that there is nothing to reload.
func (f *File) Changed(g *File) []string {
	var parts []string
	f.each(g, func(name string, a, b reflect.Value) {
		if !reflect.DeepEqual(a.Interface(), b.Interface()) {
			parts = append(parts, name)
		}
	})
	return parts
}

// each visits the fields of two files: all but the folder, and the plan, which its sum stands for.
func (f *File) each(g *File, visit func(name string, a, b reflect.Value)) {
	x, y := reflect.ValueOf(f).Elem(), reflect.ValueOf(g).Elem()
	for i := range x.NumField() {
		switch field := x.Type().Field(i); {
		case !field.IsExported(), field.Name == "Folder", field.Name == "Plan", field.Name == "PlanParts":
		default:
			visit(keyOf(field.Name), x.Field(i), y.Field(i))
		}
	}
}

// Restart names the keys that differ between f and g and that a running gateway cannot change: credentials, what is kept and what browsers have
// been told hang on them.
func (f *File) Restart(g *File) []string {
	var keys []string
	for _, k := range []struct {
		name string
		same bool
	}{
		{"domain", f.Domain == g.Domain},
		{"state", f.State == g.State},
		{"listen.media", slices.Equal(f.Listen.Media, g.Listen.Media)},
		{"store.url", f.Store == g.Store},
		{"media.ice", f.Media.ICE == g.Media.ICE},
	} {
		if !k.same {
			keys = append(keys, k.name)
		}
	}
	return keys
}

// Changes says what differs between f and g, in the order of File; none means that nothing does but where things stand in the file.
func (f *File) Changes(g *File) []Change {
	var all []Change
	f.each(g, func(name string, a, b reflect.Value) {
		add := func(format string, args ...any) {
			all = append(all, Change{name, fmt.Sprintf(format, args...)})
		}
		switch {
		case reflect.DeepEqual(a.Interface(), b.Interface()):
		case name == "dialplan":
			planChanges(f.PlanParts, g.PlanParts, add)
		case name == "listen":
			listenChanges(f.Listen, g.Listen, add)
		case a.Kind() == reflect.Slice && a.Type().Elem().Kind() == reflect.Struct:
			listChanges(name, a, b, add)
		default:
			add("%s changed%s", name, which(a, b))
		}
	})
	return all
}

// which lists the keys that differ between two structs, or pointers to them; "" for anything else.
func which(a, b reflect.Value) string {
	if a.Kind() == reflect.Pointer && !a.IsNil() && !b.IsNil() {
		a, b = a.Elem(), b.Elem()
	}
	if a.Kind() != reflect.Struct {
		return ""
	}
	var keys []string
	for i := range a.NumField() {
		field := a.Type().Field(i)
		if k := keyOf(field.Name); field.IsExported() && !slices.Contains(keys, k) && !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return ""
	}
	return ": " + strings.Join(keys, ", ")
}

// listChanges compares two lists of things that have names: "user 203 added".
func listChanges(list string, a, b reflect.Value, add func(string, ...any)) {
	one := strings.TrimSuffix(list, "s")
	switch list {
	case "boxes":
		one = "box"
	case "hours":
		one = list
	}
	before, after := byName(a), byName(b)
	said := map[string]int{}
	say := func(what, name, detail string) {
		if said[what]++; said[what] <= maxNamed {
			add("%s %s %s%s", one, name, what, detail)
		}
	}
	for i := range a.Len() {
		if name := nameOf(a.Index(i)); !after[name].IsValid() {
			say("removed", name, "")
		}
	}
	for i := range b.Len() {
		v := b.Index(i)
		name := nameOf(v)
		switch was := before[name]; {
		case !was.IsValid():
			say("added", name, "")
		case !reflect.DeepEqual(was.Interface(), v.Interface()):
			say("changed", name, which(was, v))
		}
	}
	for _, what := range []string{"removed", "added", "changed"} {
		if more := said[what] - maxNamed; more > 0 {
			add("%d more %s %s", more, list, what)
		}
	}
	if len(said) == 0 {
		add("%s stand in another order", list)
	}
}

func byName(list reflect.Value) map[string]reflect.Value {
	all := make(map[string]reflect.Value, list.Len())
	for i := range list.Len() {
		all[nameOf(list.Index(i))] = list.Index(i)
	}
	return all
}

func nameOf(v reflect.Value) string {
	if n := v.FieldByName("Name"); n.IsValid() && n.Kind() == reflect.String {
		return n.String()
	}
	return fmt.Sprint(v.Interface())
}

// listenChanges says which listeners came and went.
func listenChanges(a, b Listen, add func(string, ...any)) {
	for _, l := range []struct {
		name string
		a, b []Listener
	}{{"sip", a.SIP, b.SIP}, {"web", a.Web, b.Web}, {"media", a.Media, b.Media}, {"turn", a.TURN, b.TURN}} {
		gone, fresh := DiffListeners(l.a, l.b)
		for _, at := range gone {
			add("listener %s of %s removed", at, l.name)
		}
		for _, at := range fresh {
			add("listener %s of %s added", at, l.name)
		}
	}
	if a.RTP != b.RTP {
		add("listen.rtp changed")
	}
}

// DiffListeners returns the listeners of a that b has not, and those of b that a has not.
func DiffListeners(a, b []Listener) (gone, fresh []Listener) {
	fresh = slices.Clone(b)
	for _, l := range a {
		if i := slices.Index(fresh, l); i >= 0 {
			fresh = slices.Delete(fresh, i, i+1)
			continue
		}
		gone = append(gone, l)
	}
	return gone, fresh
}
