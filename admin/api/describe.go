package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// about is the description's description.
const about = `The API of a tandem gateway: what its console, its command line and other programs ask and have done.

Over the control socket everything is allowed. Over the web, sign in (POST /login gives a cookie) or send a token
(` + "`Authorization: Bearer tandem_...`" + `, made by ` + "`tandem tokens create`" + `). Each operation names the role it needs in x-role:
viewer, operator or admin; each includes those before it. With the cookie, whatever changes something needs the header field
` + "`X-Tandem-Request: 1`" + ` and must come from the gateway's own page.

In the path of a call, ` + "`last`" + ` stands for the call that began last, also one that is over. Times are RFC 3339. What there is none of is left out. A refusal is {"code", "error"}: the code is for programs, the error for people.`

// describe begins the OpenAPI description. Nothing of huma's own is served: its pages
// would load files from foreign hosts.
func describe(version string) huma.Config {
	c := huma.DefaultConfig("tandem", version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Info.Description = about
	c.Info.License = &huma.License{Name: "see LICENSE"}
	c.Servers = []*huma.Server{{URL: "/"}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "a token of `tandem tokens create`"},
		"cookie": {Type: "apiKey", In: "cookie", Name: "__Host-tandem-console", Description: "of POST /api/v1/login; tandem-console over plain http"},
	}
	return c
}

// schemaName tells types of one name apart: those of records have CDR before it.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if strings.HasSuffix(t.PkgPath(), "/store/cdr") {
		return "CDR" + name
	}
	return name
}

// describeSelf serves the description.
func (a *API) describeSelf() error {
	spec, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, spec, "", " "); err != nil {
		return err
	}
	pretty.WriteByte('\n')
	a.spec = pretty.Bytes()
	a.pageRoutes()
	a.mux.HandleFunc("GET "+prefix+"/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Header().Set("Cache-Control", "no-cache")
		// The client went away; there is nobody to tell.
		_, _ = w.Write(a.spec)
	})
	return nil
}

// OpenAPI is the description in JSON, indented.
func (a *API) OpenAPI() []byte { return bytes.Clone(a.spec) }

func writeRefusal(w http.ResponseWriter, r *Refusal) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.status)
	// The client went away; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(r)
}
