-- Runs, the workers that count them, and shards: the queue.

CREATE TYPE headcount.run_wish AS ENUM ('active', 'paused', 'cancelled');
COMMENT ON TYPE headcount.run_wish IS
    'What people want of a run. active: count it; paused: claim nothing more for now; cancelled: drop what is left.';

CREATE TABLE headcount.runs (
    id          integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    set_id      integer     NOT NULL REFERENCES headcount.sets,
    model_id    integer     NOT NULL REFERENCES headcount.models,
    plan        text        NOT NULL CHECK (plan ~ '^(native|grid:([1-9]|1[0-6])x([1-9]|1[0-6]))$'),
    priority    smallint    NOT NULL DEFAULT 0,
    wish        headcount.run_wish NOT NULL DEFAULT 'active',
    images      bigint      NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX runs_set ON headcount.runs (set_id, id);
CREATE INDEX runs_active ON headcount.runs (priority DESC, id) WHERE wish = 'active';

COMMENT ON TABLE headcount.runs IS 'Countings of sets: a set may be run again with another model or tile plan.';
COMMENT ON COLUMN headcount.runs.id IS 'Key of the run; its counts and failures lie in the partitions counts_<id> and failures_<id>.';
COMMENT ON COLUMN headcount.runs.set_id IS 'The set that is counted.';
COMMENT ON COLUMN headcount.runs.model_id IS 'The model it is counted with.';
COMMENT ON COLUMN headcount.runs.plan IS 'How pictures are resized and cut into tiles: native or grid:ROWSxCOLUMNS.';
COMMENT ON COLUMN headcount.runs.priority IS 'Runs of a higher priority are claimed first; equal ones share the workers.';
COMMENT ON COLUMN headcount.runs.wish IS 'What people want of the run; the state it is in is told by the view progress.';
COMMENT ON COLUMN headcount.runs.images IS 'Images of the set that are part of the run: those numbered 1 to this.';
COMMENT ON COLUMN headcount.runs.created_at IS 'When the run was made.';

CREATE TABLE headcount.workers (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host           text        NOT NULL,
    process        integer     NOT NULL,
    engine         text        NOT NULL,
    engine_version text        NOT NULL,
    card           text        NOT NULL,
    simulated      boolean     NOT NULL,
    version        text        NOT NULL,
    started_at     timestamptz NOT NULL DEFAULT now(),
    heartbeat_at   timestamptz NOT NULL DEFAULT now(),
    stopped_at     timestamptz
) WITH (fillfactor = 70);

COMMENT ON TABLE headcount.workers IS 'Worker processes, past and present; counts name the one they come from.';
COMMENT ON COLUMN headcount.workers.id IS 'Key of the worker: a process that starts again is a new worker.';
COMMENT ON COLUMN headcount.workers.host IS 'Name of the host it runs on.';
COMMENT ON COLUMN headcount.workers.process IS 'Process id on that host.';
COMMENT ON COLUMN headcount.workers.engine IS 'Engine that computes the densities: openvino, bm1684 or simulated.';
COMMENT ON COLUMN headcount.workers.engine_version IS 'Version of the engine''s runtime library, as the library tells it.';
COMMENT ON COLUMN headcount.workers.card IS 'Device the worker is bound to: cpu, or a card such as bm1684:0.';
COMMENT ON COLUMN headcount.workers.simulated IS 'True where no real device computes: a simulated card, or the vendor''s simulator.';
COMMENT ON COLUMN headcount.workers.version IS 'Version of Headcount.';
COMMENT ON COLUMN headcount.workers.started_at IS 'When the worker registered.';
COMMENT ON COLUMN headcount.workers.heartbeat_at IS 'When it was last heard of.';
COMMENT ON COLUMN headcount.workers.stopped_at IS 'When it said good-bye; NULL while it works, and for ever if it was killed.';

CREATE TABLE headcount.shards (
    id           bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id       integer        NOT NULL REFERENCES headcount.runs,
    images       int8multirange NOT NULL CHECK (NOT isempty(images)),
    available_at timestamptz    NOT NULL DEFAULT '-infinity',
    token        bigint         NOT NULL DEFAULT 0,
    worker_id    bigint         REFERENCES headcount.workers,
    lease_until  timestamptz,
    CHECK ((worker_id IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
-- A renewed lease changes no indexed column, so that it is a heap-only update.
CREATE INDEX shards_waiting ON headcount.shards (run_id, available_at, id) WHERE worker_id IS NULL;
CREATE INDEX shards_leased ON headcount.shards (worker_id) WHERE worker_id IS NOT NULL;

COMMENT ON TABLE headcount.shards IS 'Groups of images leased as one. A shard is deleted in the transaction that finishes it; what is left to do, and what a cancelled run left undone, is all there is in here.';
COMMENT ON COLUMN headcount.shards.id IS 'Key of the shard.';
COMMENT ON COLUMN headcount.shards.run_id IS 'The run.';
COMMENT ON COLUMN headcount.shards.images IS 'Numbers of its images: one range when it is new, several where it holds what is to be tried again.';
COMMENT ON COLUMN headcount.shards.available_at IS 'When it may be claimed: later than now where a retry is waiting for its time.';
COMMENT ON COLUMN headcount.shards.token IS 'Grows with every claim; every write of a worker carries it and is refused when it is no longer this one.';
COMMENT ON COLUMN headcount.shards.worker_id IS 'Worker that holds the lease; NULL while the shard waits.';
COMMENT ON COLUMN headcount.shards.lease_until IS 'When the lease ends unless it is renewed, by the clock of the database.';
