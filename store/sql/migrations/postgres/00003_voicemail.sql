-- +goose Up
-- The index of voice messages; their sound is in files.
CREATE TABLE voicemail (
    box         TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    from_number TEXT NOT NULL,
    from_name   TEXT NOT NULL,
    dialed      TEXT NOT NULL,
    at_ms       BIGINT NOT NULL,
    length_ms   BIGINT NOT NULL,
    folder      TEXT NOT NULL, -- new or saved
    PRIMARY KEY (box, id)
);
CREATE INDEX voicemail_at ON voicemail (at_ms);

-- +goose Down
DROP TABLE voicemail;
