package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan"
)

// Bounds of what is read.
const (
	MaxFileSize  = 16 << 20 // octets of one file
	MaxTotalSize = 32 << 20 // octets of all files of a folder
	MaxFiles     = 200      // files of a folder
)

// Options are what a configuration is checked against. The zero value is the documented default.
type Options struct {
	LookupEnv func(name string) (string, bool) // for env(); nil means os.LookupEnv
	Sounds    []string                         // names of the built-in sound files
	Playable  func(sound io.Reader) error      // why a sound file cannot be played; nil means that nobody asks
	Keepable  func(folder string) error        // why files cannot be kept in a folder; nil means that nobody asks
	// Thorough tells also of what works and may not be meant: what nothing uses, secrets that others may read.
	Thorough bool
}

// Load reads a file, or all files of a folder that are of a configuration (see IsSource) in the order of their names, and
// checks them. When there are errors the File is nil; warnings alone leave it whole. Load has no side effects.
func Load(path string, o Options) (*File, Diagnostics) {
	sources, problem := readSources(path)
	if problem != nil {
		return nil, Diagnostics{*problem}
	}
	return Check(folderOf(path), sources, o)
}

// folderOf is the folder of a configuration: its path, or that of the file that it is.
func folderOf(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return path
	}
	return filepath.Dir(path)
}

// Source is one file of a configuration.
type Source struct {
	Name string // shown in messages
	Text []byte
}

// Check does what Load does for files that are read already. Relative paths in them are meant from folder.
func Check(folder string, sources []Source, o Options) (*File, Diagnostics) {
	if o.LookupEnv == nil {
		o.LookupEnv = os.LookupEnv
	}
	l := newLoader(folder, o)
	for _, s := range sources {
		l.parse(s)
	}
	l.decode()
	l.planOutside.sealed = true
	found := l.diagnostics()
	if found.HasErrors() {
		return nil, found
	}
	return l.file, found
}

// loader is the state of one Check.
type loader struct {
	options     Options
	folder      string
	sources     map[string][]byte // by name
	bodies      []*hclsyntax.Body
	context     *hcl.EvalContext     // what attributes see: env() and file()
	planOutside *outside             // what env() and file() gave to the dialplan
	places      map[string]hcl.Range // where each thing that may be there once was first
	broken      bool                 // there are syntax errors: what follows from missing things is not told
	unknown     map[string]bool      // sections with a name that there is not: what they seem to lack may be meant by it
	diags       hcl.Diagnostics
	escapes     map[string][]escaped // of files in the JSON form: places that are to be put right
	oneUser     placedUser           // the one that is being read
	userKeys    []key                // those that read into it
	inOne       bool                 // a file is one body, however large
	survey      *survey              // nil but when the decoder is asked what it would take
	blocks      []Block              // all that there are, with their attributes; nil until a hint wants them
	file        *File
	seen        gathered
}

// gathered is what is checked once all of the files are read.
type gathered struct {
	users           []placedUser
	trunks          []placedTrunk
	withoutPassword []placedUser
	openRooms       []placedName  // without a PIN or a lock
	guessable       []placedName  // whose passwords are guessed; the first of them
	guessed         int           // how many there are
	claims          []placedClaim // ports, in the order of the files
	tlsMode         hcl.Range
	numbering       *placedNumbering // nil for none
	permissions     []placedPermissions
	permitted       []permitted
	boxes           []placedBox
	members         []boxMembers
	mail            hcl.Range // of the block; the zero Range where there is none
	mailServer      bool
	homer           hcl.Range // as mail
	homerAddress    bool
	oidc            hcl.Range // as mail
}

// readSources reads a file or a folder.
func readSources(path string) ([]Source, *Diagnostic) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, &Diagnostic{Message: plainFileError(path, err).Error(), Hint: "-c names a file or folder that is there; `tandem config init` begins one."}
	}
	names := []string{path}
	if info.IsDir() {
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, &Diagnostic{Message: fmt.Sprintf("the folder %s may not be read", path)}
		}
		names = nil
		for _, e := range entries {
			if IsSource(e.Name()) && !e.IsDir() {
				names = append(names, filepath.Join(path, e.Name()))
			}
		}
		slices.Sort(names)
	}
	switch {
	case len(names) == 0:
		return nil, &Diagnostic{File: path, Message: "there is no *.hcl file in this folder"}
	case len(names) > MaxFiles:
		return nil, &Diagnostic{File: path, Message: fmt.Sprintf("there are %d files in this folder: at most %d", len(names), MaxFiles)}
	}
	var sources []Source
	total := 0
	for _, name := range names {
		text, problem := readSource(name)
		if problem != nil {
			return nil, problem
		}
		if total += len(text); total > MaxTotalSize {
			return nil, &Diagnostic{File: path, Message: fmt.Sprintf("the files are larger than %d octets together", MaxTotalSize)}
		}
		sources = append(sources, Source{name, text})
	}
	return sources, nil
}

func readSource(name string) ([]byte, *Diagnostic) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, &Diagnostic{File: name, Message: "this is not a plain file"}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, &Diagnostic{Message: plainFileError(name, err).Error()}
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, MaxFileSize+1))
	if err != nil {
		return nil, &Diagnostic{Message: plainFileError(name, err).Error()}
	}
	return text, nil
}

// parse parses one source.
func (l *loader) parse(s Source) {
	text := []byte(strings.TrimPrefix(string(s.Text), "\ufeff"))
	l.sources[s.Name] = text
	start := hcl.Range{Filename: s.Name, Start: hcl.InitialPos, End: hcl.InitialPos}
	if len(text) > MaxFileSize {
		l.broken = true
		l.errorf(start, "Split it into several files of a folder.", "the file is larger than %d octets", MaxFileSize)
		return
	}
	if isJSON(s.Name) {
		l.parseJSON(s.Name, text)
		return
	}
	if surelyShallow(text) {
		if bodies, ok := l.pieces(text, s.Name); ok {
			l.bodies = append(l.bodies, bodies...)
			return
		}
	} else if at, deep := tooDeep(text, s.Name); deep {
		l.broken = true
		l.errorf(at, "Give parts of it names in let { ... }.", "this is nested too deeply")
		return
	}
	file, diags := hclsyntax.ParseConfig(text, s.Name, hcl.InitialPos)
	l.diags = append(l.diags, diags...)
	l.broken = l.broken || diags.HasErrors()
	if file == nil {
		return
	}
	if body, ok := file.Body.(*hclsyntax.Body); ok {
		l.bodies = append(l.bodies, body)
	}
}

// errorf reports an error; hint may be empty.
func (l *loader) errorf(at hcl.Range, hint, format string, args ...any) {
	l.report(hcl.DiagError, dialplan.Finding{}, at, hint, fmt.Sprintf(format, args...))
}

// warnf reports what is odd and no error. It may always follow from another error.
func (l *loader) warnf(at hcl.Range, hint, format string, args ...any) {
	l.report(hcl.DiagWarning, dialplan.Finding{Consequent: true}, at, hint, fmt.Sprintf(format, args...))
}

// consequent reports an error that may only follow from another one.
func (l *loader) consequent(at hcl.Range, hint, format string, args ...any) {
	l.report(hcl.DiagError, dialplan.Finding{Consequent: true}, at, hint, fmt.Sprintf(format, args...))
}

func (l *loader) report(s hcl.DiagnosticSeverity, f dialplan.Finding, at hcl.Range, hint, message string) {
	l.diags = append(l.diags, &hcl.Diagnostic{Severity: s, Summary: message, Detail: hint, Subject: at.Ptr(), Extra: f})
}
