-- +goose Up
-- Names sort by their octets, as SQLite and programs have it, whatever language the
-- database speaks.
CREATE TABLE cdrs (
    seq       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id   TEXT COLLATE "C" NOT NULL UNIQUE,
    start_ms  BIGINT NOT NULL,
    duration  BIGINT NOT NULL,
    result    TEXT COLLATE "C" NOT NULL,
    mos       DOUBLE PRECISION NOT NULL,
    record    TEXT NOT NULL
);
CREATE INDEX cdrs_start ON cdrs (start_ms, seq);
CREATE INDEX cdrs_result ON cdrs (result, start_ms, seq);
CREATE INDEX cdrs_low ON cdrs (start_ms, seq) WHERE mos > 0 AND mos < 3.6;
CREATE INDEX cdrs_long ON cdrs (start_ms, seq) WHERE duration >= 3600;

-- Who and what took part in a call: "u:ann", "t:alpha", "n:+442071234567".
CREATE TABLE cdr_keys (
    key      TEXT COLLATE "C" NOT NULL,
    start_ms BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    PRIMARY KEY (key, start_ms, seq)
);
CREATE INDEX cdr_keys_seq ON cdr_keys (seq);

CREATE TABLE users (
    name         TEXT COLLATE "C" PRIMARY KEY, -- lower case
    shown        TEXT NOT NULL,    -- as it was given
    display_name TEXT NOT NULL,
    realm        TEXT NOT NULL,
    md5          TEXT NOT NULL,
    sha256       TEXT NOT NULL,
    long_md5     TEXT NOT NULL,    -- of name@realm, for phones that give their whole address
    long_sha256  TEXT NOT NULL,
    created_ms   BIGINT NOT NULL,
    changed_ms   BIGINT NOT NULL
);

CREATE TABLE logins (
    name       TEXT COLLATE "C" PRIMARY KEY, -- lower case
    hash       TEXT NOT NULL,    -- PHC string
    role       TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);

CREATE TABLE tokens (
    id         TEXT COLLATE "C" PRIMARY KEY,
    name       TEXT NOT NULL,
    owner      TEXT NOT NULL,
    role       TEXT NOT NULL,
    hash       TEXT NOT NULL UNIQUE, -- SHA-256 of the token, in hexadecimal digits
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,     -- 0: never
    used_ms    BIGINT NOT NULL      -- 0: never
);

CREATE TABLE audit (
    seq     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at_ms   BIGINT NOT NULL,
    who     TEXT NOT NULL,
    role    TEXT NOT NULL,
    address TEXT NOT NULL,
    action  TEXT NOT NULL,
    object  TEXT NOT NULL,
    detail  TEXT NOT NULL,
    outcome TEXT NOT NULL
);
CREATE INDEX audit_who ON audit (who, seq);

CREATE TABLE traces (
    call_id  TEXT COLLATE "C" PRIMARY KEY,
    start_ms BIGINT NOT NULL,
    reason   TEXT NOT NULL,
    file     TEXT NOT NULL,
    bytes    BIGINT NOT NULL
);
CREATE INDEX traces_start ON traces (start_ms, call_id);

-- +goose Down
DROP TABLE traces;
DROP TABLE audit;
DROP TABLE tokens;
DROP TABLE logins;
DROP TABLE users;
DROP TABLE cdr_keys;
DROP TABLE cdrs;
