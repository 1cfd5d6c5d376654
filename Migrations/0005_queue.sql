-- The queue as workers use it: claim, heartbeat, record. Every lease is judged by the clock of the database.
--
-- The functions on the way of every image keep the planner to indexes: a plan that was made while a table was small
-- is kept by the connection, and must still be right when the table holds a million dead rows.
--
-- None of them waits long for a lock: a worker has one connection, and what waits in it keeps the heartbeats and the
-- results of all its runs waiting, as long as somebody else's transaction is open. Two seconds are far more than any of
-- ours takes, and far less than a lease; what is given up then is asked again.

CREATE FUNCTION headcount.multirange_size(images int8multirange) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT coalesce(sum(upper(part) - lower(part)), 0)::bigint FROM unnest(images) AS part
$$;
COMMENT ON FUNCTION headcount.multirange_size IS 'How many numbers there are in ranges of numbers.';

CREATE FUNCTION headcount.first_images(images int8multirange, wanted bigint) RETURNS int8multirange
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT coalesce(range_agg(int8range(lower(part), least(upper(part), lower(part) + wanted - before::bigint))), '{}')
    FROM (SELECT part, sum(upper(part) - lower(part)) OVER (ORDER BY lower(part)) - (upper(part) - lower(part)) AS before
          FROM unnest(images) AS part) AS parts
    WHERE before < wanted
$$;
COMMENT ON FUNCTION headcount.first_images IS 'The least so many of the numbers.';

CREATE FUNCTION headcount.new_token() RETURNS bigint
LANGUAGE sql VOLATILE AS $$
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
$$;
COMMENT ON FUNCTION headcount.new_token IS 'A token for a claim: microseconds since 1970, which no claim had before, not even one that a crash of the server undid.';

CREATE FUNCTION headcount.give_back(worker bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    given bigint;
BEGIN
    -- A shard that is being written to just now is passed over: whoever is heard of next gives it back.
    WITH held AS MATERIALIZED (
        SELECT s.id, s.images, r.wish FROM headcount.shards s LEFT JOIN headcount.runs r ON r.id = s.run_id
        WHERE s.worker_id = worker FOR UPDATE OF s SKIP LOCKED
    ), gone AS (
        DELETE FROM headcount.shards s USING held
        WHERE s.id = held.id AND (isempty(held.images) OR held.wish = 'cancelled' OR held.wish IS NULL)
    ), back AS (
        UPDATE headcount.shards s SET worker_id = NULL, available_at = clock_timestamp() FROM held
        WHERE s.id = held.id AND NOT isempty(held.images) AND held.wish <> 'cancelled'
        RETURNING s.id
    )
    SELECT count(*) INTO given FROM back;
    IF given > 0 THEN
        PERFORM pg_notify('headcount', 'returned');
    END IF;
    RETURN NOT EXISTS (SELECT FROM headcount.shards s WHERE s.worker_id = worker);
END $$;
COMMENT ON FUNCTION headcount.give_back IS 'Gives the shards of a worker back to the queue; false where one of them could not be, because it is being written to.';

CREATE FUNCTION headcount.lock_leased(worker bigint, shard bigint, with_token bigint,
    OUT run_id integer, OUT images int8multirange)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    -- Whoever takes a shard away changes its row, so that one of the two waits for the other and sees it.
    SELECT s.run_id, s.images INTO run_id, images FROM headcount.shards s
    WHERE s.id = shard AND s.worker_id = worker AND s.token = with_token
        AND EXISTS (SELECT FROM headcount.workers w WHERE w.id = worker AND w.lease_until > clock_timestamp())
        AND EXISTS (SELECT FROM headcount.runs r WHERE r.id = s.run_id AND r.wish <> 'cancelled')
    FOR UPDATE;
END $$;
COMMENT ON FUNCTION headcount.lock_leased IS 'The fence: a shard as a worker holds it by this token, locked until the end of the transaction; NULL where it no longer holds the lease, or the run was cancelled.';

CREATE FUNCTION headcount.give_up(worker bigint, shard bigint, with_token bigint, after bigint) RETURNS void
LANGUAGE plpgsql SET lock_timeout = '2s' SET enable_seqscan = off AS $$
DECLARE
    held record;
    given int8multirange;
BEGIN
    -- Once more, its answer being lost, it finds nothing left to give.
    SELECT * INTO held FROM headcount.lock_leased(worker, shard, with_token);
    given := held.images * int8multirange(int8range(after, NULL, '()'));
    IF given IS NULL OR isempty(given) THEN
        RETURN;
    END IF;
    UPDATE headcount.shards SET images = held.images - given WHERE id = shard;
    -- With a token: for claims of what was given back it was leased before.
    INSERT INTO headcount.shards (run_id, images, token) VALUES (held.run_id, given, headcount.new_token());
    PERFORM pg_notify('headcount', 'returned');
END $$;
COMMENT ON FUNCTION headcount.give_up IS 'Gives the images of a leased shard beyond one back to the queue at once: a worker that stops finishes the others. Nothing where it no longer holds the lease.';

CREATE FUNCTION headcount.sign_off(worker bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    -- Its lease ends in any case: what could not be given back now is given back when the next worker is heard of.
    UPDATE headcount.workers SET lease_until = '-infinity' WHERE id = worker;
    IF headcount.give_back(worker) THEN
        UPDATE headcount.workers SET stopped_at = now() WHERE id = worker;
    END IF;
END $$;
COMMENT ON FUNCTION headcount.sign_off IS 'Ends all leases of a worker and gives its shards back at once: a worker that stops calls it, and whoever knows that a worker is dead.';

CREATE FUNCTION headcount.release_expired() RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    expired record;
    released bigint := 0;
BEGIN
    FOR expired IN
        SELECT w.id FROM headcount.workers w
        WHERE w.stopped_at IS NULL AND w.lease_until <= clock_timestamp()
            -- While the server was away nobody could renew anything: once it is back, all have the time of their lease
            -- to be heard of again.
            AND CASE WHEN w.lease_until = '-infinity' THEN true
                ELSE pg_postmaster_start_time() + (w.lease_until - w.heartbeat_at) <= clock_timestamp() END
            -- A worker that registered and did not claim yet has no lease that could be over. It claims at once: one that was
            -- killed before that must not count in the shares of the others.
            AND (w.lease_until > '-infinity' OR w.heartbeat_at < now() - interval '1 minute'
                 OR EXISTS (SELECT FROM headcount.shards s WHERE s.worker_id = w.id))
        ORDER BY w.id FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        IF headcount.give_back(expired.id) THEN
            UPDATE headcount.workers SET stopped_at = now() WHERE id = expired.id;
        END IF;
        released := released + 1;
    END LOOP;
    RETURN released;
END $$;
COMMENT ON FUNCTION headcount.release_expired IS 'Gives back the shards of workers whose lease ran out, and has been out for its own length since the server was started; returns how many workers these were. Anyone may call it at any time.';

CREATE FUNCTION headcount.renew(worker bigint, lease interval, at_once boolean, new_rate double precision)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    until timestamptz;
    stopped timestamptz;
    told double precision;
BEGIN
    -- Locked until the end of a claim: whoever signs the worker off waits for that, and finds what it leased.
    SELECT w.lease_until, w.stopped_at, w.rate INTO until, stopped, told
    FROM headcount.workers w WHERE w.id = worker FOR NO KEY UPDATE;
    -- For good: its own last words may come after that, from a process that is dead. One that lives registers anew.
    -- Rows of workers that came to nothing are deleted later.
    IF NOT FOUND OR stopped IS NOT NULL AND until = '-infinity' THEN
        RAISE EXCEPTION 'worker % was signed off', worker USING ERRCODE = '55H01', HINT = 'Register anew.';
    END IF;
    -- A claim renews only what a heartbeat would soon, and tells only a rate that is news: a worker's row is locked, but
    -- not written, by every claim.
    IF NOT at_once AND until > clock_timestamp() + lease * 0.6
        AND (new_rate IS NULL OR new_rate BETWEEN told * 0.75 AND told * 1.25)
    THEN
        RETURN;
    END IF;
    -- A lease that was over until now: what nobody took is the worker's again, with the token it had. What was taken
    -- changed hands under the lock of this row, and the worker learns it from the answer.
    UPDATE headcount.workers
    SET lease_until = clock_timestamp() + lease, heartbeat_at = now(), stopped_at = NULL,
        rate = coalesce(new_rate, rate)
    WHERE id = worker;
END $$;
COMMENT ON FUNCTION headcount.renew IS 'Renews the lease of a worker, and notes its rate where it tells one. A lease that is over is begun anew, for the shards that nobody took meanwhile. An error with the SQLSTATE 55H01 where the worker was signed off, which is for good.';

CREATE FUNCTION headcount.open_runs(worker bigint, only_set text, declined integer[])
RETURNS TABLE (run_id integer, set_id integer, images bigint, priority smallint, card_label text)
LANGUAGE sql STABLE AS $$
    SELECT r.id, r.set_id, r.images, r.priority, r.card_label FROM headcount.runs r
    JOIN headcount.models m ON m.id = r.model_id
    JOIN headcount.sets s ON s.id = r.set_id
    JOIN headcount.workers w ON w.id = worker
    WHERE r.wish = 'active' AND r.is_open
        -- A simulated card computes no network, so it needs no file of one.
        AND (w.engine = 'simulated' OR (m.manifest -> 'files' -> w.engine) IS NOT NULL)
        AND (only_set IS NULL OR s.name = only_set)
        AND r.id <> ALL (declined)
        AND (r.card_label IS NULL OR r.card_label = ANY (w.labels))
$$;
COMMENT ON FUNCTION headcount.open_runs IS 'The runs a worker may have work from, now or later: active and open, of a model for its engine, pinned to no other cards, of its set where it keeps to one, and not declined by it.';

CREATE FUNCTION headcount.is_drained(worker bigint, only_set text DEFAULT NULL, declined integer[] DEFAULT '{}')
RETURNS boolean LANGUAGE sql STABLE AS $$
    -- Of a worker whose row is gone nothing is known: its next claim has it register anew.
    SELECT EXISTS (SELECT FROM headcount.workers w WHERE w.id = worker) AND NOT EXISTS (
        SELECT FROM headcount.open_runs(worker, only_set, declined) o WHERE headcount.run_pending(o.run_id) > 0)
$$;
COMMENT ON FUNCTION headcount.is_drained IS 'True where no run that this worker may have work from has anything left, leased or waiting; false where there is no such worker.';

CREATE FUNCTION headcount.close_run(run integer) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF headcount.run_pending(run) > 0 THEN
        RETURN false;
    END IF;
    -- Once more under the lock of whoever adds images.
    -- Where somebody else has it for longer, a later claim comes by: one that waits here holds its worker's row, and with
    -- it the worker's heartbeat up.
    PERFORM FROM headcount.runs WHERE id = run FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE headcount.runs SET is_open = false WHERE id = run AND is_open AND headcount.run_pending(run) <= 0;
    RETURN FOUND;
END $$;
COMMENT ON FUNCTION headcount.close_run IS 'Notes that all images of a run have ended, where that is so; not while somebody else changes the run.';

-- How the images of a run are shared out. Everybody takes three quarters of what is his by his rate of what is left (guided
-- self-scheduling), for ten seconds at most: claims shrink towards the end, none is so large that its owner would end
-- after the others, and a rate that was told a third too high still does no harm. Six tenths of a second's work is the
-- least: what is uneven at the very end is stolen, so that no smaller claims are needed for all to end together. Who has
-- more in hand than the others need for all that is left claims nothing. In PL/pgSQL, which keeps its plans: as SQL they
-- would be planned by every claim, which would take a third longer.

CREATE FUNCTION headcount.fleet_rate(worker bigint, rate double precision, label text) RETURNS double precision
LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- Whoever has not told a rate yet is taken for as fast as this one.
    RETURN (
        SELECT coalesce(
            sum(CASE WHEN w.id = worker OR w.rate = 0 THEN fleet_rate.rate ELSE w.rate END), fleet_rate.rate)
        FROM headcount.workers w
        WHERE w.stopped_at IS NULL AND (label IS NULL OR label = ANY (w.labels)));
END $$;
COMMENT ON FUNCTION headcount.fleet_rate IS 'Images per second of all workers that may count a run with this label, of which one has this rate.';

CREATE FUNCTION headcount.claim_size(rate double precision, fleet double precision, rest bigint,
    in_hand bigint, batch integer)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF rate IS NULL THEN
        -- Half a share, that of a sixteenth at most since more workers may come; no more than measures the rate.
        RETURN greatest(1, least(32, ceil(
            rest / greatest(16.0, 2 * (SELECT count(*) FROM headcount.workers w WHERE w.stopped_at IS NULL)))));
    ELSIF in_hand / rate > rest / nullif(greatest(fleet - rate, 0), 0) + 1 THEN
        -- Whoever asks ahead has more than half a second's work under way, and so have the others.
        RETURN 0;
    END IF;
    RETURN greatest(1, least(4096, ceil(rate * least(10, greatest(0.6, rest / fleet * 0.75)) / batch) * batch));
END $$;
COMMENT ON FUNCTION headcount.claim_size IS 'Images that are cut from a run for a worker of this rate, NULL where it is not known, that has so many in hand, where so many were never claimed; in whole launches, that take batch images. 0: the others are done with them sooner.';

CREATE FUNCTION headcount.rate_now(rate double precision, first_at timestamptz, last_at timestamptz)
RETURNS double precision LANGUAGE sql STABLE AS $$
    -- The fading average of record() as of now, divided by the share of its memory that is filled. The first write told
    -- of about a second.
    SELECT CASE WHEN last_at > now() - interval '60 s' THEN
        rate * exp(-extract(epoch FROM now() - last_at) / 20)
            / (1 - exp(-least((extract(epoch FROM now() - first_at) + 1) / 20, 50)))
    END
$$;
COMMENT ON FUNCTION headcount.rate_now IS 'Images per second of a worker by its tally; NULL where it wrote nothing for a minute.';

CREATE FUNCTION headcount.move_mark(run integer, upto timestamptz, looked boolean) RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
    newest bigint;
BEGIN
    -- Whoever is here at the same time moves it as far.
    SELECT m.version INTO newest FROM headcount.marks m
    WHERE m.run_id = run ORDER BY m.version DESC LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
    UPDATE headcount.marks m SET version = m.version + 1, seen_until = greatest(m.seen_until, upto),
        moved_at = clock_timestamp(), looked_at = CASE WHEN looked THEN clock_timestamp() ELSE m.looked_at END
    WHERE m.run_id = run AND m.version = newest;
END $$;
COMMENT ON FUNCTION headcount.move_mark IS 'Moves the low-water mark of a run on to a time before which nothing waits in it.';

CREATE FUNCTION headcount.claim_waiting(run integer, worker bigint, fewest bigint, most bigint, share double precision,
    since timestamptz, upto timestamptz, only_returned boolean)
RETURNS bigint[] LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
    wanted bigint;
    leased bigint[];
    large record;
BEGIN
    -- As many small shards as are wanted: retries of single images come back in one round trip.
    WITH due AS MATERIALIZED (
        SELECT s.id, s.available_at, headcount.multirange_size(s.images) AS size FROM headcount.shards s
        WHERE s.run_id = run AND s.worker_id IS NULL AND s.available_at >= since AND s.available_at <= upto
            AND (s.token > 0 OR NOT only_returned)
        ORDER BY s.available_at, s.id LIMIT 32 FOR UPDATE SKIP LOCKED
    ), sums AS (
        SELECT id, available_at, sum(size) OVER (ORDER BY available_at, id) - size AS before,
            least(most, greatest(fewest, ceil(share * sum(size) OVER ()))) AS bound
        FROM due
    ), chosen AS (
        SELECT id, bound FROM sums WHERE before < bound
    ), taken AS (
        UPDATE headcount.shards s SET worker_id = worker, token = greatest(s.token + 1, headcount.new_token()),
            available_at = clock_timestamp()
        FROM chosen WHERE s.id = chosen.id RETURNING s.id, chosen.bound
    )
    SELECT array_agg(taken.id), max(taken.bound) INTO leased, wanted FROM taken;
    IF leased IS NULL THEN
        RETURN '{}';
    END IF;
    -- What a fast worker lost may be too much for this one.
    FOR large IN
        SELECT s.id, s.images FROM headcount.shards s
        WHERE s.id = ANY (leased) AND headcount.multirange_size(s.images) > 2 * wanted
    LOOP
        INSERT INTO headcount.shards (run_id, images, token)
        VALUES (run, large.images - headcount.first_images(large.images, wanted), headcount.new_token());
        UPDATE headcount.shards SET images = headcount.first_images(large.images, wanted) WHERE id = large.id;
    END LOOP;
    RETURN leased;
END $$;
COMMENT ON FUNCTION headcount.claim_waiting IS 'Leases shards that became available in a run between two times to a worker, until they hold this share of what waits, within bounds; of those alone that were leased before, where only those are asked for.';

CREATE FUNCTION headcount.claim_new(run integer, last bigint, worker bigint, wanted bigint, rate double precision,
    fleet double precision, in_hand bigint, batch integer, OUT shard bigint, OUT token bigint, OUT cut int8multirange)
LANGUAGE plpgsql
SET lock_timeout = '500ms' SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
    stripe smallint;
    seen bigint;
    position bigint;
    own bigint;
    stop bigint;
    busy smallint;
    busy_version bigint;
BEGIN
    -- Before anything is locked: what is locked stays so until the end of the claim, which goes on to other runs where
    -- this one has nothing for the worker.
    own := coalesce(wanted, headcount.claim_size(rate, fleet, (
        SELECT sum(headcount.stripe_rest(t.number, t.next, last))::bigint FROM headcount.newest_stripes(run) t),
        in_hand, batch));
    IF own = 0 THEN
        RETURN;
    END IF;
    LOOP
        busy := NULL;
        -- The worker's own stripe, and the others from there on.
        FOR k IN 0..7 LOOP
            stripe := (worker + k) % 8;
            SELECT t.version, t.next INTO seen, position FROM headcount.stripes t
            WHERE t.run_id = run AND t.number = stripe ORDER BY t.version DESC LIMIT 1;
            CONTINUE WHEN position IS NULL OR position > last;
            -- By the version that was just seen: where it is gone somebody was faster.
            PERFORM FROM headcount.stripes t
            WHERE t.run_id = run AND t.number = stripe AND t.version = seen FOR NO KEY UPDATE SKIP LOCKED;
            EXIT WHEN FOUND;
            IF busy IS NULL THEN
                busy := stripe;
                busy_version := seen;
            END IF;
            position := NULL;
        END LOOP;
        EXIT WHEN position <= last;
        IF busy IS NULL THEN
            RETURN;
        END IF;
        -- All are being claimed from: wait for the first. Not for long, for other runs may have work: where somebody
        -- cancels this one, all are held until he commits.
        BEGIN
            PERFORM FROM headcount.stripes t
            WHERE t.run_id = run AND t.number = busy AND t.version = busy_version FOR NO KEY UPDATE;
        EXCEPTION
            WHEN lock_not_available THEN RETURN;
        END;
    END LOOP;
    cut := '{}';
    WHILE own > 0 AND position <= last LOOP
        -- To the end of the block at most, and on in the stripe's next one.
        stop := least(position + own, (position - 1) / 1024 * 1024 + 1025, last + 1);
        cut := cut + int8multirange(int8range(position, stop));
        own := own - (stop - position);
        position := CASE WHEN (stop - 1) % 1024 = 0 THEN stop + 7 * 1024 ELSE stop END;
    END LOOP;
    UPDATE headcount.stripes t SET version = t.version + 1, next = position
    WHERE t.run_id = run AND t.number = stripe AND t.version = seen;
    token := headcount.new_token();
    INSERT INTO headcount.shards (run_id, images, token, worker_id) VALUES (run, cut, token, worker)
    RETURNING id INTO shard;
END $$;
COMMENT ON FUNCTION headcount.claim_new IS 'Cuts a shard from a run, leased to a worker, with its token and its images; NULL where all of the run was claimed, or will sooner be counted by others, or somebody else holds the run. Stripes are tried from the worker''s own on.';

CREATE FUNCTION headcount.steal(run integer, worker bigint, own_rate double precision, in_hand bigint,
    batch integer)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    arrival constant double precision := 0.1;  -- seconds until the first stolen image is computed
    gain constant double precision := 0.1;     -- seconds: less is not worth a claim
    victim record;
    own double precision;
    busy double precision;
    taken bigint;
    kept int8multirange;
    new_id bigint;
BEGIN
    -- From whoever will be done last, and what it would come to last, whether or not that is under way there already: its
    -- card could not begin it before this one has ended it. It learns of that from its next write, of which there are
    -- the more the less it has in hand.
    SELECT s.id, s.images, headcount.multirange_size(s.images) AS size, h.size AS holds, h.rate,
        h.size / h.rate - h.unwritten AS lasts
    INTO victim
    FROM headcount.workers w
    CROSS JOIN LATERAL (
        SELECT sum(headcount.multirange_size(o.images)) AS size,
            (array_agg(o.id ORDER BY o.available_at DESC, o.id DESC))[1] AS newest,
            -- Whoever has told no rate has ended few images since it claimed them.
            coalesce(nullif(w.rate, 0), 4 / greatest(extract(epoch FROM clock_timestamp() - max(o.available_at)), 0.01)
                ::double precision) AS rate,
            -- Seconds whose results are not written yet: a second's at most.
            least(1, extract(epoch FROM clock_timestamp() - greatest(min(o.available_at), (
                SELECT t.last_at FROM headcount.tallies t WHERE t.run_id = run AND t.worker_id = w.id
                ORDER BY t.version DESC LIMIT 1))))::double precision AS unwritten
        FROM headcount.shards o WHERE o.worker_id = w.id AND o.token >= w.held_from AND NOT isempty(o.images)
    ) AS h
    JOIN headcount.shards s ON s.id = h.newest AND s.run_id = run AND s.worker_id = w.id
    WHERE w.stopped_at IS NULL AND w.lease_until > clock_timestamp() AND w.id <> worker
        AND h.size / h.rate - h.unwritten > greatest(in_hand / coalesce(own_rate, h.rate), arrival) + gain
    ORDER BY lasts DESC LIMIT 1
    FOR UPDATE OF s SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN '{}';
    END IF;
    -- Shared so that both end together, in whole launches, one of which stays.
    own := coalesce(own_rate, victim.rate);
    busy := greatest(in_hand / own, arrival);
    taken := round((victim.lasts - busy) * own * victim.rate / (own + victim.rate) / batch) * batch;
    taken := least(taken, victim.size, victim.holds - batch);
    IF taken <= 0 THEN
        RETURN '{}';
    END IF;
    kept := headcount.first_images(victim.images, victim.size - taken);
    UPDATE headcount.shards SET images = kept WHERE id = victim.id;
    INSERT INTO headcount.shards (run_id, images, token, worker_id)
    VALUES (run, victim.images - kept, headcount.new_token(), worker) RETURNING id INTO new_id;
    RETURN ARRAY[new_id];
END $$;
COMMENT ON FUNCTION headcount.steal IS 'Leases to a worker that has so many images in hand the last images of the worker that would be done last, so that both are done at the same time; none where that would gain nothing. Whoever held them learns it from the next heartbeat or write, and what it writes for them is left out.';

CREATE FUNCTION headcount.claim(worker bigint, lease interval, wanted integer DEFAULT NULL,
    only_set text DEFAULT NULL, declined integer[] DEFAULT '{}', may_steal boolean DEFAULT false,
    rate double precision DEFAULT NULL, in_hand bigint DEFAULT 0, batch integer DEFAULT 1,
    only_returned boolean DEFAULT false, only_urgent boolean DEFAULT false)
RETURNS TABLE (shard_id bigint, token bigint, run_id integer, image bigint, url text, attempts integer)
LANGUAGE plpgsql SET jit = off SET lock_timeout = '2s'
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    open_run record;
    own double precision;
    fleet double precision;
    since timestamptz;
    moment timestamptz;
    waiting timestamptz;
    looks_back boolean;
    looked boolean;
    above smallint := -32768;
    upto timestamptz;
    new_shard bigint;
    new_token bigint;
    new_images int8multirange;
    part int8range;
    claimed bigint[] := '{}';
    old_shard record;
BEGIN
    -- A claim need not reach the disk. A crash of the server that undoes it undoes no result: whoever writes one waits
    -- for the disk, and all that came before is on it then. What was under way is refused, by its token.
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM headcount.renew(claim.worker, claim.lease, false, claim.rate);
    IF only_urgent OR only_returned THEN
        -- What others gave back is taken before what is as urgent, and not before what is more so.
        SELECT coalesce(min(r.priority) - CASE WHEN only_urgent THEN 0 ELSE 1 END, above) INTO above
        FROM headcount.workers w JOIN headcount.shards s ON s.worker_id = w.id AND s.token >= w.held_from
        JOIN headcount.runs r ON r.id = s.run_id
        WHERE w.id = worker AND NOT isempty(s.images);
    END IF;
    -- Usually the first attempt. The second may close runs and take what others hold, and the third is for what expired
    -- leases gave back.
    <<attempts>>
    FOR attempt IN 1..3 LOOP
        FOR open_run IN
            SELECT o.run_id, o.set_id, o.images, o.card_label, m.seen_until, m.moved_at, m.looked_at,
                headcount.rate_now(t.rate, t.first_at, t.last_at) AS rate
            FROM headcount.open_runs(worker, only_set, declined) o
            LEFT JOIN LATERAL (
                SELECT n.* FROM headcount.tallies n WHERE n.run_id = o.run_id AND n.worker_id = worker
                ORDER BY n.version DESC LIMIT 1) AS t ON true
            CROSS JOIN LATERAL (
                SELECT n.* FROM headcount.marks n WHERE n.run_id = o.run_id ORDER BY n.version DESC LIMIT 1) AS m
            WHERE o.priority > above
            -- Among equal priorities each worker turns to the run it wrote results for the longest ago, so that
            -- runs share the workers and a new one is begun by the next claim.
            ORDER BY o.priority DESC, t.last_at NULLS FIRST, o.run_id
        LOOP
            moment := clock_timestamp();
            -- Also where other runs have work: what became visible behind the mark must not wait for them to end.
            looks_back := NOT only_returned AND open_run.looked_at NOT BETWEEN moment - interval '5 minutes' AND moment;
            -- What was given back is notified of at once. What nobody went for is there for the next usual claim.
            since := CASE WHEN only_returned THEN moment - interval '30 s' WHEN looks_back THEN '-infinity'
                ELSE least(open_run.seen_until, moment - interval '1 minute') END;
            -- As the worker tells it, else as it was seen to work; NULL where neither is known.
            own := nullif(coalesce(claim.rate, open_run.rate), 0);
            fleet := CASE WHEN wanted IS NULL AND own > 0 THEN headcount.fleet_rate(worker, own, open_run.card_label) END;
            SELECT s.available_at INTO waiting FROM headcount.shards s
            WHERE s.run_id = open_run.run_id AND s.worker_id IS NULL AND s.available_at >= since
                AND s.available_at <= moment AND (s.token > 0 OR NOT only_returned)
            ORDER BY s.available_at, s.id LIMIT 1;
            -- A minute late, for shards whose transactions take their time to become visible. Seldom, for a mark that is
            -- moved leaves a dead row; but while shards are claimed that wait, each leaves one too.
            upto := least(waiting, moment - interval '1 minute');
            looked := looks_back AND (waiting IS NULL OR waiting >= open_run.seen_until);
            IF NOT only_returned AND (looked OR open_run.moved_at < moment - interval '1 s'
                AND upto > open_run.seen_until + CASE WHEN waiting IS NULL THEN interval '30 s' ELSE '0' END)
            THEN
                PERFORM headcount.move_mark(open_run.run_id, upto, looked);
            END IF;
            IF looked THEN
                -- Nothing waits before it: that need not be walked again.
                since := open_run.seen_until;
            END IF;
            IF waiting IS NOT NULL THEN
                IF only_returned THEN
                    -- One after the other, so that each sees what the one before left.
                    PERFORM pg_advisory_xact_lock(1751474532, 1650549611);  -- "head", "back" in ASCII
                END IF;
                -- Its share, from one second's work to ten.
                claimed := headcount.claim_waiting(open_run.run_id, worker, coalesce(wanted, ceil(own), 32)::bigint,
                    coalesce(wanted, CASE WHEN own > 0 THEN least(4096, ceil(own * 10)) END, 32)::bigint, own / fleet,
                    since, moment, only_returned);
                EXIT attempts WHEN claimed <> '{}';
            END IF;
            CONTINUE WHEN only_returned;
            SELECT n.shard, n.token, n.cut INTO new_shard, new_token, new_images
            FROM headcount.claim_new(
                open_run.run_id, open_run.images, worker, wanted, own, fleet, in_hand, batch) n;
            EXIT attempts WHEN new_shard IS NOT NULL;
            IF attempt = 2 THEN
                PERFORM headcount.close_run(open_run.run_id);
                IF may_steal THEN
                    claimed := headcount.steal(open_run.run_id, worker, own, in_hand, batch);
                    EXIT attempts WHEN claimed <> '{}';
                END IF;
            END IF;
        END LOOP;
        EXIT WHEN only_returned OR (attempt = 2 AND headcount.release_expired() = 0);
    END LOOP;
    -- The partitions are named outright: a plan over their parents would lock the tables of every set and run.
    IF new_shard IS NOT NULL THEN
        FOR part IN SELECT unnest(new_images) LOOP
            RETURN QUERY EXECUTE format($query$
                SELECT $1, $2, $3, n.number, n.url, 0 FROM headcount.%I n
                WHERE n.set_id = %s AND n.number >= %s AND n.number < %s ORDER BY n.number
                $query$, 'images_' || open_run.set_id, open_run.set_id, lower(part), upper(part))
            USING new_shard, new_token, open_run.run_id;
        END LOOP;
        RETURN;
    END IF;
    FOR old_shard IN
        SELECT s.id, s.token, s.images FROM headcount.shards s WHERE s.id = ANY (claimed) ORDER BY s.id
    LOOP
        RETURN QUERY EXECUTE format($query$
            SELECT $1, $2, $3, i.number, i.url,
                (SELECT coalesce(max(x.attempt), 0) FROM headcount.%I x WHERE x.run_id = $3 AND x.image = i.number)
            FROM unnest($4) AS part CROSS JOIN LATERAL (
                -- Fenced: part by part through the key, in order, whatever the planner knows of the table.
                SELECT n.number, n.url FROM headcount.%I n
                WHERE n.set_id = $5 AND n.number >= lower(part) AND n.number < upper(part)
                ORDER BY n.number OFFSET 0) AS i
            $query$, 'failures_' || open_run.run_id, 'images_' || open_run.set_id)
        USING old_shard.id, old_shard.token, open_run.run_id, old_shard.images, open_run.set_id;
    END LOOP;
END $$;
COMMENT ON FUNCTION headcount.claim IS 'Leases images of one run to a worker, in shards, and returns them: as many as are wanted or, for NULL, ten seconds of its work and no more than its share. rate: images per second as the worker measures itself; in_hand: images it holds already; batch: images that fill a launch. With may_steal, where nothing else is left it gets images of the worker that would be done last. With only_returned it gets its share of what others gave back in the last 30 seconds, in runs whose priority is no lower than that of anything it holds, and nothing else; with only_urgent nothing of runs whose priority is not higher than that of something it holds.';

CREATE FUNCTION headcount.heartbeat(worker bigint, lease interval, holding bigint[], rate double precision DEFAULT NULL)
RETURNS TABLE (shard_id bigint, token bigint, last_image bigint)
LANGUAGE plpgsql SET lock_timeout = '2s' SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    mark bigint;
    lowest bigint;
BEGIN
    -- Its own row first: who holds those of others, as the release does, must wait for none.
    PERFORM headcount.renew(heartbeat.worker, heartbeat.lease, true, heartbeat.rate);
    PERFORM headcount.release_expired();
    SELECT w.held_from INTO mark FROM headcount.workers w WHERE w.id = worker;
    -- What came into being while its run was cancelled or removed, and shards of claims whose answer was lost. One that
    -- was just claimed may not be known yet where this was asked; one that somebody holds is left to the next heartbeat.
    WITH lost AS MATERIALIZED (
        SELECT s.id, r.id IS NULL OR isempty(s.images) AS is_over
        FROM headcount.shards s LEFT JOIN headcount.runs r ON r.id = s.run_id AND r.wish <> 'cancelled'
        WHERE s.worker_id = worker AND s.token >= mark
            AND (r.id IS NULL OR s.id <> ALL (holding) AND s.available_at < clock_timestamp() - lease)
        FOR UPDATE OF s SKIP LOCKED
    ), gone AS (
        DELETE FROM headcount.shards s USING lost WHERE s.id = lost.id AND lost.is_over
    )
    UPDATE headcount.shards s SET worker_id = NULL, available_at = clock_timestamp()
    FROM lost WHERE s.id = lost.id AND NOT lost.is_over;
    -- Its row is locked by now, as it is by a claim: no shard of it is on its way. A minute late, for a clock that jumps.
    lowest := least(headcount.new_token() - 60000000, (
        SELECT min(s.token) FROM headcount.shards s WHERE s.worker_id = worker AND s.token >= mark));
    IF lowest > mark + 60000000 THEN
        UPDATE headcount.workers w SET held_from = lowest WHERE w.id = worker;
    END IF;
    RETURN QUERY
    SELECT s.id, s.token, coalesce(upper(s.images) - 1, 0)
    FROM headcount.shards s JOIN headcount.runs r ON r.id = s.run_id
    WHERE s.id = ANY (holding) AND s.worker_id = worker AND r.wish <> 'cancelled';
END $$;
COMMENT ON FUNCTION headcount.heartbeat IS 'Renews all leases of a worker, which may tell its images per second; of the shards it believes to hold, returns those it does and the last image that is still its own in each. All else is to be dropped at once.';

CREATE FUNCTION headcount.retry_delay(class headcount.failure_class, attempt integer, asked double precision,
    luck double precision DEFAULT random())
RETURNS interval LANGUAGE sql STABLE AS $$
    -- The host's own wish where it gave one, bounded to a day; else doubling from the class's first delay, up to an
    -- hour, varied by a quarter so that what failed at many workers at once does not come back at once.
    SELECT CASE
        WHEN asked IS NOT NULL THEN least(greatest(asked, 0), 86400) * interval '1 second'
        ELSE least(c.first_delay * power(2, least(attempt - 1, 20)), interval '1 hour') * (0.75 + luck / 2)
    END
    FROM headcount.failure_classes c WHERE c.class = retry_delay.class
$$;
COMMENT ON FUNCTION headcount.retry_delay IS 'How long to wait after this attempt failed; asked is what the host wished, in seconds. luck, from 0 to 1, varies it.';

CREATE FUNCTION headcount.add_to_tally(run integer, worker bigint, new_counts bigint, new_failures bigint) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
    memory constant double precision := 20;  -- seconds: the time constant of the rate
    newest bigint;
BEGIN
    LOOP
        SELECT t.version INTO newest FROM headcount.tallies t
        WHERE t.run_id = run AND t.worker_id = worker ORDER BY t.version DESC LIMIT 1;
        IF newest IS NULL THEN
            INSERT INTO headcount.tallies (run_id, worker_id, counted, failed, rate)
            VALUES (run, worker, new_counts, new_failures, greatest(0, new_counts + new_failures) / memory)
            ON CONFLICT DO NOTHING;
        ELSE
            UPDATE headcount.tallies t SET
                version = t.version + 1,
                counted = t.counted + new_counts,
                failed = t.failed + new_failures,
                -- Bounded: the exponential of a worker that comes back after hours would be out of range, and so would
                -- the rate of one that comes back again and again to what fails.
                rate = CASE WHEN t.rate > 1e-6 THEN
                        t.rate * exp(-least(extract(epoch FROM now() - t.last_at) / memory, 50))
                    ELSE 0 END
                    + greatest(0, new_counts + new_failures) / memory,
                last_at = now()
            WHERE t.run_id = run AND t.worker_id = worker AND t.version = newest;
        END IF;
        EXIT WHEN FOUND;
    END LOOP;
END $$;
COMMENT ON FUNCTION headcount.add_to_tally IS 'Adds what a worker ended to its tally of the run.';

CREATE FUNCTION headcount.postpone(run integer, images int8multirange, wait double precision) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    most constant bigint := 4096;  -- images of a shard
    bounded double precision := least(greatest(wait, 0), 86400);
    -- What waits for the same moment, whoever says so, is to meet: up to an eighth later, on a grid.
    grid double precision := greatest(1, power(2, floor(log(2, greatest(bounded, 1)::numeric))) / 8);
    due timestamptz := to_timestamp(ceil((extract(epoch FROM clock_timestamp()) + bounded) / grid) * grid);
    found_id bigint;
BEGIN
    SELECT s.id INTO found_id FROM headcount.shards s
    WHERE s.run_id = run AND s.worker_id IS NULL AND s.available_at = due
        AND headcount.multirange_size(s.images) + headcount.multirange_size(postpone.images) <= most
    LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF FOUND THEN
        UPDATE headcount.shards s SET images = s.images + postpone.images WHERE s.id = found_id;
    ELSE
        INSERT INTO headcount.shards (run_id, images, available_at) VALUES (run, images, due);
    END IF;
END $$;
COMMENT ON FUNCTION headcount.postpone IS 'Images of a run that were not tried wait for so many seconds, a day at most, in a shard with others that wait for the same moment.';

CREATE FUNCTION headcount.record(
    worker bigint, shard bigint, with_token bigint, is_last boolean,
    counted bigint[], counts double precision[], tiles smallint[], widths integer[], heights integer[],
    digests bytea[], sizes bigint[], preprocessing smallint, fetch_ms real[], decode_ms real[], infer_ms real[],
    failed bigint[], attempts integer[], classes text[], details text[], asked_delays double precision[],
    mapped bigint[] DEFAULT '{}', map_columns smallint[] DEFAULT '{}', map_rows smallint[] DEFAULT '{}',
    map_quanta real[] DEFAULT '{}', map_cells bytea[] DEFAULT '{}',
    etags text[] DEFAULT '{}', source_runs integer[] DEFAULT '{}', source_images bigint[] DEFAULT '{}',
    postponed bigint[] DEFAULT '{}', waits double precision[] DEFAULT '{}',
    OUT last_image bigint, OUT left_out bigint[])
LANGUAGE plpgsql SET jit = off SET lock_timeout = '2s' SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    held record;
    rest int8multirange;
    new_counts bigint := 0;
    final_failures bigint := 0;
BEGIN
    SELECT * INTO held FROM headcount.lock_leased(worker, shard, with_token);
    IF held.run_id IS NULL THEN
        RETURN;
    END IF;
    rest := held.images;
    left_out := ARRAY(SELECT n FROM unnest(counted || failed || postponed) AS n WHERE NOT held.images @> n);

    -- Only for images that are still in the shard: others were written before, by a call whose answer was lost, or
    -- went to another worker. The partitions are named outright, as in claim().
    IF cardinality(counted) > 0 THEN
        EXECUTE format($query$
            INSERT INTO headcount.%I (run_id, image, count, tiles, width, height, picture_digest, picture_bytes,
                preprocessing, worker_id, fetch_ms, decode_ms, infer_ms, etag, source_run, source_image)
            SELECT $1, u.image, u.people, u.tile_count, u.width, u.height, u.digest, u.size, $2, $3,
                u.fetching, u.decoding, u.inferring, u.etag, u.source_run, u.source_image
            FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $15, $16, $17)
                AS u(image, people, tile_count, width, height, digest, size, fetching, decoding, inferring, etag,
                    source_run, source_image)
            WHERE $14 @> u.image
            $query$, 'counts_' || held.run_id)
        USING held.run_id, preprocessing, worker, counted, counts, tiles, widths, heights, digests, sizes,
            fetch_ms, decode_ms, infer_ms, held.images, etags, source_runs, source_images;
        GET DIAGNOSTICS new_counts = ROW_COUNT;
        IF cardinality(mapped) > 0 THEN
            EXECUTE format($query$
                INSERT INTO headcount.%I (run_id, image, columns, rows, quantum, cells)
                SELECT $1, u.* FROM unnest($2, $3, $4, $5, $6) AS u(image, columns, rows, quantum, cells)
                WHERE $7 @> u.image AND u.image = ANY ($8)
                $query$, 'density_maps_' || held.run_id)
            USING held.run_id, mapped, map_columns, map_rows, map_quanta, map_cells, held.images, counted;
        END IF;
        rest := rest - (SELECT range_agg(int8range(n, n, '[]')) FROM unnest(counted) AS n);
    END IF;

    IF cardinality(failed) > 0 THEN
        -- What is to be tried again leaves the shard at once. Waits within a factor of two share a shard and its
        -- latest time. Luck is drawn once: the latest of many draws would always be about the latest there is.
        EXECUTE format($query$
            WITH given AS (
                SELECT f.image, f.attempt, c.class, f.detail, CASE WHEN f.attempt < c.attempts THEN
                    headcount.retry_delay(c.class, f.attempt, f.asked, $10) END AS wait
                FROM unnest($3, $4, $5, $6, $7) AS f(image, attempt, class, detail, asked)
                JOIN headcount.failure_classes c ON c.class = f.class::headcount.failure_class
                WHERE $8 @> f.image AND f.image <> ALL ($9)
            ), written AS (
                INSERT INTO headcount.%I (run_id, image, attempt, class, detail, final, retry_at, worker_id)
                SELECT $1, g.image, g.attempt, g.class, g.detail, g.wait IS NULL,
                    $11 + max(g.wait) OVER (PARTITION BY ceil(log(2, 1 + extract(epoch FROM g.wait)))), $2
                FROM given g
                RETURNING image, final, retry_at
            ), waiting AS (
                INSERT INTO headcount.shards (run_id, images, available_at)
                SELECT $1, range_agg(int8range(w.image, w.image, '[]')), w.retry_at
                FROM written w WHERE NOT w.final GROUP BY w.retry_at
            )
            SELECT count(*) FILTER (WHERE final) FROM written
            $query$, 'failures_' || held.run_id)
        INTO final_failures
        USING held.run_id, worker, failed, attempts, classes, details, asked_delays, held.images, counted, random(),
            clock_timestamp();
        rest := rest - (SELECT range_agg(int8range(n, n, '[]')) FROM unnest(failed) AS n);
    END IF;

    IF cardinality(postponed) > 0 THEN
        PERFORM headcount.postpone(held.run_id, w.images * rest, w.wait)
        FROM (SELECT range_agg(int8range(p.image, p.image, '[]')) AS images, max(p.wait) AS wait
              FROM unnest(postponed, waits) AS p(image, wait) GROUP BY ceil(p.wait)) AS w
        WHERE w.images && rest;
        rest := rest - (SELECT range_agg(int8range(n, n, '[]')) FROM unnest(postponed) AS n);
    END IF;

    PERFORM headcount.add_to_tally(held.run_id, worker, new_counts, final_failures);

    IF is_last AND isempty(rest) THEN
        DELETE FROM headcount.shards WHERE id = shard;
    ELSIF is_last THEN
        -- Given up: somebody else may have it at once.
        UPDATE headcount.shards SET images = rest, worker_id = NULL, available_at = clock_timestamp() WHERE id = shard;
        PERFORM pg_notify('headcount', 'returned');
    ELSIF rest <> held.images THEN
        UPDATE headcount.shards SET images = rest WHERE id = shard;
    END IF;
    last_image := coalesce(upper(rest) - 1, 0);
END $$;
COMMENT ON FUNCTION headcount.record IS 'Writes results of a leased shard in one transaction, and with is_last finishes it: what is left goes back. What is postponed leaves it for so many seconds, and no attempt is noted. Returns the last image that is still the worker''s in it, 0 where there is none, and those whose results were left out, because they were not in the shard any more; NULL, and nothing is written, where it no longer holds the lease.';

CREATE FUNCTION headcount.written(run integer, worker bigint, counted bigint[], failed bigint[], attempts integer[])
RETURNS SETOF bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s' SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off AS $$
BEGIN
    -- The partitions are named outright, as in claim().
    RETURN QUERY EXECUTE format($query$
        SELECT c.image FROM headcount.%I c WHERE c.run_id = $1 AND c.worker_id = $2 AND c.image = ANY ($3)
        UNION ALL
        SELECT f.image FROM unnest($4, $5) AS u(image, attempt)
        JOIN headcount.%I f ON f.run_id = $1 AND f.image = u.image AND f.attempt = u.attempt
        WHERE f.worker_id = $2
        $query$, 'counts_' || run, 'failures_' || run)
    USING run, worker, counted, failed, attempts;
EXCEPTION
    -- The set was removed meanwhile.
    WHEN undefined_table THEN RETURN;
END $$;
COMMENT ON FUNCTION headcount.written IS 'Which of these counts and failures of a worker there are, by the numbers of their images: for a worker whose call of record() had no answer.';
