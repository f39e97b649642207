package api

import (
	"context"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/store/cdr"
	"github.com/tandemgw/tandem/store/sql"
)

// Store keeps what has to be asked later. *sql.DB is one.
type Store interface {
	Login(ctx context.Context, name string) (sql.Login, error)
	Logins(ctx context.Context) ([]sql.Login, error)
	PutLogin(ctx context.Context, l sql.Login) error
	RemoveLogin(ctx context.Context, name string) error

	AddToken(ctx context.Context, t sql.Token) error
	TokenOf(ctx context.Context, hash string) (sql.Token, error)
	TokenUsed(ctx context.Context, id string, at time.Time) error
	Tokens(ctx context.Context) ([]sql.Token, error)
	RemoveToken(ctx context.Context, id string) error

	Note(ctx context.Context, e sql.Entry) error
	Audit(ctx context.Context, who string, limit int, after string) ([]sql.Entry, string, error)

	CDRs(ctx context.Context, q cdr.Query) ([]cdr.Record, string, error)
	CDR(ctx context.Context, call tandem.CallID) (cdr.Record, error)
}

var _ Store = (*sql.DB)(nil)
