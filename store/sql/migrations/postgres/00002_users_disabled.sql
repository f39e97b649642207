-- +goose Up
ALTER TABLE users ADD COLUMN disabled BIGINT NOT NULL DEFAULT 0; -- 1: neither registers nor signs in

-- +goose Down
ALTER TABLE users DROP COLUMN disabled;
