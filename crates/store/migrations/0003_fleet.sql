-- A fleet: who may enrol, which machine has which key, and what each has reported. Of a token there is the digest of its public half alone.
CREATE TABLE fleet_tokens (
    digest BYTES NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    machine TEXT,
    uses WHOLE NOT NULL,
    used WHOLE NOT NULL,
    made WHOLE NOT NULL,
    expires WHOLE NOT NULL,
    revoked WHOLE
) TABLE_KIND;

-- `key_id` is the newest key of a machine; older ones stay in fleet_keys.
CREATE TABLE fleet_machines (
    machine TEXT NOT NULL PRIMARY KEY,
    key_id BYTES NOT NULL,
    revoked WHOLE
) TABLE_KIND;

-- `sequence` and `head` are number and name of the last report that was taken, so that no key uses a number twice.
CREATE TABLE fleet_keys (
    key_id BYTES NOT NULL PRIMARY KEY,
    machine TEXT NOT NULL REFERENCES fleet_machines,
    public_key BYTES NOT NULL,
    token BYTES NOT NULL,
    enrolled WHOLE NOT NULL,
    revoked WHOLE,
    sequence WHOLE NOT NULL,
    head TEXT NOT NULL,
    seen WHOLE
) TABLE_KIND;
CREATE INDEX fleet_keys_machine ON fleet_keys (machine);

-- Every report as it was signed.
CREATE TABLE fleet_reports (
    key_id BYTES NOT NULL REFERENCES fleet_keys,
    sequence WHOLE NOT NULL,
    machine TEXT NOT NULL,
    name TEXT NOT NULL,
    ban TEXT NOT NULL,
    status TEXT NOT NULL,
    received WHOLE NOT NULL,
    envelope BYTES NOT NULL,
    PRIMARY KEY (key_id, sequence)
) TABLE_KIND;
CREATE INDEX fleet_reports_received ON fleet_reports (received);

-- What the last report of a machine says under a ban, and since when it has said so.
CREATE TABLE fleet_conditions (
    machine TEXT NOT NULL REFERENCES fleet_machines,
    ban TEXT NOT NULL,
    key_id BYTES NOT NULL,
    sequence WHOLE NOT NULL,
    status TEXT NOT NULL,
    since WHOLE NOT NULL,
    received WHOLE NOT NULL,
    objects WHOLE NOT NULL,
    bytes WHOLE NOT NULL,
    unreadable WHOLE NOT NULL,
    left_out WHOLE NOT NULL,
    dropped WHOLE NOT NULL,
    items WHOLE NOT NULL,
    plan TEXT,
    catalogue TEXT NOT NULL,
    PRIMARY KEY (machine, ban)
) TABLE_KIND;
CREATE INDEX fleet_conditions_ban ON fleet_conditions (ban);

-- Only when a status became another.
CREATE TABLE fleet_changes (
    machine TEXT NOT NULL REFERENCES fleet_machines,
    ban TEXT NOT NULL,
    received WHOLE NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (machine, ban, received)
) TABLE_KIND;
CREATE INDEX fleet_changes_received ON fleet_changes (received);

-- Findings of the last report.
CREATE TABLE fleet_items (
    machine TEXT NOT NULL REFERENCES fleet_machines,
    ban TEXT NOT NULL,
    place WHOLE NOT NULL,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    confidence TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (machine, ban, place)
) TABLE_KIND;

-- The last leave of a machine to quarantine under a ban; held until `freed`.
CREATE TABLE fleet_leaves (
    machine TEXT NOT NULL REFERENCES fleet_machines,
    ban TEXT NOT NULL,
    plan TEXT NOT NULL,
    granted WHOLE NOT NULL,
    expires WHOLE NOT NULL,
    freed WHOLE,
    PRIMARY KEY (machine, ban)
) TABLE_KIND;
CREATE INDEX fleet_leaves_ban ON fleet_leaves (ban, freed);
