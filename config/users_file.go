package config

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tandemgw/tandem/dialplan"
)

// MaxUsersFile is the largest file of users, in octets.
const MaxUsersFile = 64 << 20

// maxUsersErrors bounds what is told of one file of users: who has the wrong file has it in every line.
const maxUsersErrors = 20

// userColumns are what a file of users may say of each, in the words of the attributes of user.
func userColumns() []string {
	return []string{"user", "name", "password", "ha1_md5", "ha1_sha256", "number", "permissions", "max_calls"}
}

// usersFile reads many users from a table (RFC 4180): a line of column names, then a line a user. HCL takes a tenth of a
// millisecond a block, which is much for a hundred thousand; a table takes less than a microsecond a cell.
func (v value) usersFile() {
	var path string
	if v.existing(&path); path == "" || v.l.survey != nil {
		return
	}
	text, err := readUsersFile(path)
	if err != nil {
		v.l.errorf(v.at, "", "%s: %v", path, err)
		return
	}
	r := &usersReader{l: v.l, path: path, csv: csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))}
	r.csv.ReuseRecord = true
	if byEverybody(path) && v.l.options.Thorough {
		v.l.warnf(v.at, "Run: chmod o-r "+path, "%s holds secrets, and everybody on this machine may read it", path)
	}
	lines := min(bytes.Count(text, []byte("\n"))+1, MaxUsers+1)
	v.l.seen.users = slices.Grow(v.l.seen.users, lines)
	r.read()
}

func readUsersFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, plainFileError(path, err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, MaxUsersFile+1))
	if err == nil && len(text) > MaxUsersFile {
		err = errors.New("the file is larger than " + strconv.Itoa(MaxUsersFile) + " octets")
	}
	return text, err
}

// usersReader reads one file of users. Lines are never shown: they hold secrets.
type usersReader struct {
	l       *loader
	path    string
	csv     *csv.Reader
	columns []string
}

// at is the place of a cell of the line that was read last.
func (r *usersReader) at(cell int) hcl.Range {
	line, column := r.csv.FieldPos(cell)
	pos := hcl.Pos{Line: line, Column: column, Byte: int(r.csv.InputOffset())}
	return hcl.Range{Filename: r.path, Start: pos, End: pos}
}

func (r *usersReader) read() {
	before := len(r.l.diags)
	record, err := r.csv.Read()
	if err != nil || !r.header(record) {
		if err != nil {
			r.l.errorf(r.start(1), `Write a first line such as user,name,password.`, "this is no table of users: %s", csvWords(err))
		}
		return
	}
	for len(r.l.diags)-before < maxUsersErrors {
		record, err := r.csv.Read()
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			line := 1
			if e, ok := errors.AsType[*csv.ParseError](err); ok {
				line = e.Line
			}
			r.l.errorf(r.start(line), "", "this is no line of a table: %s", csvWords(err))
			return
		}
		r.user(record)
	}
}

// start is the beginning of a line.
func (r *usersReader) start(line int) hcl.Range {
	pos := hcl.Pos{Line: line, Column: 1}
	return hcl.Range{Filename: r.path, Start: pos, End: pos}
}

func csvWords(err error) string {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return e.Err.Error()
	}
	if errors.Is(err, io.EOF) {
		return "it is empty"
	}
	return err.Error()
}

// header reads the names of the columns.
func (r *usersReader) header(record []string) bool {
	known := userColumns()
	fine := true
	for i, name := range record {
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case !slices.Contains(known, name):
			hint := dialplan.DidYouMean(name, known)
			if hint == "" {
				hint = "There are " + list(known) + "."
			}
			r.l.errorf(r.at(i), hint, "there is no column %q", name)
			fine = false
		case slices.Contains(r.columns, name):
			r.l.errorf(r.at(i), "", "the column %q is there twice", name)
			fine = false
		}
		r.columns = append(r.columns, name)
	}
	if fine && !slices.Contains(r.columns, "user") {
		r.l.errorf(r.start(1), "", `there is no column "user"`)
		return false
	}
	return fine
}

// user reads one line. An empty cell says nothing.
func (r *usersReader) user(record []string) {
	u, passwordAt := placedUser{User: User{DTMF: "auto"}}, hcl.Range{}
	for i, cell := range record {
		at := r.at(i)
		v := value{l: r.l, name: r.columns[i], v: cty.StringVal(cell), at: at}
		if cell == "" && v.name != "user" {
			continue
		}
		switch v.name {
		case "user":
			u.Name, u.at = strings.Clone(cell), at
		case "name":
			v.line(&u.DisplayName)
		case "password":
			passwordAt = at
			v.secret(&u.Password)
		case "ha1_md5":
			v.digest(&u.HA1.MD5, 32)
		case "ha1_sha256":
			v.digest(&u.HA1.SHA256, 64)
		case "number":
			u.numberAt = at
			v.line(&u.Number)
		case "permissions":
			v.permissionsOf(&u.Permissions)
		case "max_calls":
			if n, err := strconv.Atoi(cell); err == nil {
				v.v = cty.NumberIntVal(int64(n))
			}
			v.number(&u.MaxCalls, 1, 1000)
		}
	}
	if u.Password != "" && u.HA1 != (HA1{}) {
		r.l.errorf(u.at, "Keep one of them.", "user %q has a password and its digest", u.Name)
	}
	r.l.noteGuessable(u.User, passwordAt)
	r.l.addUser(u, u.Password == "" && u.HA1 == (HA1{}))
}
