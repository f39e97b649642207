package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"sync"
)

//go:embed dist
var dist embed.FS

// Build is what the build wrote down about itself.
type Build struct {
	// Sources is the SHA-256 of everything dist was made from, in hex.
	Sources string `json:"sources"`
	// ESBuild is the version of the bundler.
	ESBuild string `json:"esbuild"`
	// Assets gives the hashed name below assets/ for each plain one.
	Assets map[string]string `json:"assets"`
	// Files is the SHA-256 of each file of dist, BUILD.json excepted.
	Files map[string]string `json:"files"`
}

// FS returns the built files: index.html, BUILD.json and assets/.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		// "dist" is a valid path and embedded above.
		panic(err)
	}
	return sub
}

// ReadBuild returns the embedded BUILD.json. It errs when the file is damaged or
// names a file that is not there.
func ReadBuild() (Build, error) {
	var b Build
	data, err := fs.ReadFile(FS(), "BUILD.json")
	if err != nil {
		return b, fmt.Errorf("read the web build: %w", err)
	}
	if err := json.Unmarshal(data, &b); err != nil {
		return b, fmt.Errorf("read the web build: %w", err)
	}
	for name := range b.Files {
		if _, err := fs.Stat(FS(), name); err != nil {
			return b, fmt.Errorf("read the web build: %w", err)
		}
	}
	return b, nil
}

// File is one built file, ready to be sent.
type File struct {
	// Type is the media type with its charset.
	Type string
	// ETag is a weak entity tag (RFC 9110 §8.8.3), the same for both bodies.
	ETag string
	// Body is the file, Gzip the same compressed; Gzip is nil where it would
	// not be smaller. Both are read-only.
	Body, Gzip []byte
}

// Files loads every built file by its path in dist, compressed. The result is
// computed once and shared.
func Files() map[string]File { return files() }

var files = sync.OnceValue(func() map[string]File {
	out := map[string]File{}
	// Reading what is embedded cannot fail; what could not be read is not served.
	_ = fs.WalkDir(FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "BUILD.json" {
			return err
		}
		body, err := fs.ReadFile(FS(), name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		out[name] = File{
			Type: mediaType(name),
			ETag: `W/"` + hex.EncodeToString(sum[:8]) + `"`,
			Body: body,
			Gzip: compress(body),
		}
		return nil
	})
	return out
})

// mediaType does not ask the machine's own tables, which differ.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(body); err != nil {
		return nil
	}
	if err := w.Close(); err != nil || b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}
