package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// maxSecretSize is the most that file() reads, in octets.
const maxSecretSize = 64 << 10

// outside is what env() and file() gave. It is filled while the file is loaded and only read afterwards: a call must not
// wait for a disk, and the plan must not change under a running gateway.
type outside struct {
	given  map[string]string // by function and argument
	sealed bool
}

// functions gives env() and file().
func (l *loader) functions(o *outside) map[string]function.Function {
	return map[string]function.Function{
		"env": o.function("env", "name", func(name string) (string, error) {
			value, ok := l.options.LookupEnv(name)
			if !ok {
				return "", fmt.Errorf("the environment variable %s is not set", name)
			}
			return value, nil
		}),
		"file": o.function("file", "path", func(path string) (string, error) {
			return readSecret(l.beside(path))
		}),
	}
}

// function makes a function of HCL from text to text.
func (o *outside) function(name, param string, get func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: param, Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			key := name + " " + args[0].AsString()
			if value, ok := o.given[key]; ok {
				return cty.StringVal(value), nil
			}
			if o.sealed {
				return cty.UnknownVal(cty.String), fmt.Errorf("%s() must not depend on the call", name)
			}
			value, err := get(args[0].AsString())
			if err != nil {
				return cty.UnknownVal(cty.String), function.NewArgError(0, err)
			}
			o.given[key] = value
			return cty.StringVal(value), nil
		},
	})
}

// script gives the text of a script beside the file, which is part of the plan then.
func (l *loader) script(name string) ([]byte, error) {
	text, err := readSecret(filepath.Join(l.folder, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	l.planOutside.given["script "+name] = text
	return []byte(text), nil
}

// beside gives a path of the file, which is meant from the folder that the file stands in.
func (l *loader) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.folder, path)
}

// readSecret reads a small text file, without the line end that editors put behind the last line.
func readSecret(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", plainFileError(path, err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a plain file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", plainFileError(path, err)
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxSecretSize+1))
	switch {
	case err != nil:
		return "", plainFileError(path, err)
	case len(b) > maxSecretSize:
		return "", fmt.Errorf("%s is larger than %d octets", path, maxSecretSize)
	case !utf8.Valid(b):
		return "", fmt.Errorf("%s is not text", path)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// plainFileError says in words why a file cannot be had.
func plainFileError(path string, err error) error {
	switch {
	case os.IsNotExist(err):
		return fmt.Errorf("there is no file %s", path)
	case os.IsPermission(err):
		return fmt.Errorf("%s may not be read", path)
	}
	return fmt.Errorf("%s cannot be read", path)
}
