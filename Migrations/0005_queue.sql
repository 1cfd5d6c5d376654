-- The queue as workers use it: claim, heartbeat, record. Every lease is judged by the clock of the database.
--
-- The functions on the way of every image keep the planner to indexes: a plan that was made while a table was small
-- is kept by the connection, and must still be right when the table holds a million dead rows.

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
        PERFORM pg_notify('headcount', 'work');
    END IF;
    RETURN NOT EXISTS (SELECT FROM headcount.shards s WHERE s.worker_id = worker);
END $$;
COMMENT ON FUNCTION headcount.give_back IS 'Gives the shards of a worker back to the queue; false where one of them could not be, because it is being written to.';

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
            -- A worker that registered and did not claim yet has no lease that could be over.
            AND (w.lease_until > '-infinity' OR w.heartbeat_at < now() - interval '1 hour'
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
COMMENT ON FUNCTION headcount.release_expired IS 'Gives back the shards of workers whose lease ran out; returns how many workers these were. Anyone may call it at any time.';

CREATE FUNCTION headcount.renew(worker bigint, lease interval, at_once boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    until timestamptz;
BEGIN
    SELECT w.lease_until INTO STRICT until FROM headcount.workers w WHERE w.id = worker;
    -- A claim renews only what a heartbeat would soon: a worker's row is written every few seconds, not by every claim.
    IF NOT at_once AND until > clock_timestamp() + lease * 0.6 THEN
        RETURN;
    END IF;
    IF until <= clock_timestamp() THEN
        -- Too late: the leases are over, whether or not anybody took them.
        PERFORM FROM headcount.workers w WHERE w.id = worker FOR NO KEY UPDATE;
        IF NOT headcount.give_back(worker) THEN
            RAISE EXCEPTION 'shards of worker % are being written to while its lease is over', worker
                USING ERRCODE = 'lock_not_available';
        END IF;
    END IF;
    UPDATE headcount.workers
    SET lease_until = clock_timestamp() + lease, heartbeat_at = now(), stopped_at = NULL
    WHERE id = worker AND lease_until = until;
    IF NOT FOUND THEN
        -- Somebody found the lease expired, or renewed it, between the two statements.
        PERFORM headcount.renew(worker, lease, true);
    END IF;
END $$;
COMMENT ON FUNCTION headcount.renew IS 'Renews the lease of a worker. One that is over is begun anew, without the shards it was for.';

CREATE FUNCTION headcount.open_runs(worker bigint, only_set text, declined integer[])
RETURNS TABLE (run_id integer, set_id integer, images bigint, priority smallint)
LANGUAGE sql STABLE AS $$
    SELECT r.id, r.set_id, r.images, r.priority FROM headcount.runs r
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
    SELECT NOT EXISTS (
        SELECT FROM headcount.open_runs(worker, only_set, declined) o WHERE headcount.run_pending(o.run_id) > 0)
$$;
COMMENT ON FUNCTION headcount.is_drained IS 'True where no run that this worker may have work from has anything left, leased or waiting.';

CREATE FUNCTION headcount.close_run(run integer) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF headcount.run_pending(run) > 0 THEN
        RETURN false;
    END IF;
    -- Once more under the lock of whoever adds images.
    PERFORM FROM headcount.runs WHERE id = run FOR NO KEY UPDATE;
    UPDATE headcount.runs SET is_open = false WHERE id = run AND is_open AND headcount.run_pending(run) <= 0;
    RETURN FOUND;
END $$;
COMMENT ON FUNCTION headcount.close_run IS 'Notes that all images of a run have ended, where that is so.';

CREATE FUNCTION headcount.claim_size(rate double precision, rest bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    -- Ten seconds of this worker's work as it was seen to work, 16 images where it was not; at most half of its share
    -- of the rest, so that shards shrink towards the end and all workers end together; a share is a sixteenth of the
    -- rest where fewer workers are there, since more may come.
    SELECT greatest(1, least(
        CASE WHEN rate > 0 THEN least(ceil(rate * 10), 4096) ELSE 16 END,
        ceil(rest / greatest(16.0, 2 * (SELECT count(*) FROM headcount.workers w WHERE w.stopped_at IS NULL)))))::bigint
$$;
COMMENT ON FUNCTION headcount.claim_size IS 'Images in a shard for a worker of this rate, where a run has so many that were never claimed.';

CREATE FUNCTION headcount.rate_now(rate double precision, first_at timestamptz, last_at timestamptz)
RETURNS double precision LANGUAGE sql STABLE AS $$
    -- The fading average of record() as of now, divided by the share of its memory that is filled.
    SELECT CASE WHEN last_at > now() - interval '60 s' THEN
        rate * exp(-extract(epoch FROM now() - last_at) / 20)
            / (1 - exp(-least(greatest(extract(epoch FROM now() - first_at), 1) / 20, 50)))
    END
$$;
COMMENT ON FUNCTION headcount.rate_now IS 'Images per second of a worker by its tally; NULL where it wrote nothing for a minute.';

CREATE FUNCTION headcount.claim_waiting(run integer, worker bigint, wanted bigint, since timestamptz) RETURNS bigint[]
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
    leased bigint[];
    upto timestamptz;
    large record;
BEGIN
    -- As many small shards as are wanted: retries of single images come back in one round trip.
    WITH due AS MATERIALIZED (
        SELECT s.id, s.available_at, headcount.multirange_size(s.images) AS size FROM headcount.shards s
        WHERE s.run_id = run AND s.worker_id IS NULL AND s.available_at >= since
            AND s.available_at <= clock_timestamp()
        ORDER BY s.available_at, s.id LIMIT 32 FOR UPDATE SKIP LOCKED
    ), chosen AS (
        SELECT id, available_at FROM (SELECT id, available_at, sum(size) OVER (ORDER BY available_at, id) - size AS before FROM due) AS sums
        WHERE before < wanted
    ), taken AS (
        UPDATE headcount.shards s SET worker_id = worker, token = s.token + 1, available_at = clock_timestamp()
        FROM chosen WHERE s.id = chosen.id RETURNING s.id, chosen.available_at
    )
    SELECT array_agg(taken.id), max(taken.available_at) INTO leased, upto FROM taken;
    IF leased IS NULL THEN
        RETURN '{}';
    END IF;
    -- What a fast worker lost may be too much for this one.
    FOR large IN
        SELECT s.id, s.images FROM headcount.shards s
        WHERE s.id = ANY (leased) AND headcount.multirange_size(s.images) > 2 * wanted
    LOOP
        INSERT INTO headcount.shards (run_id, images)
        VALUES (run, large.images - headcount.first_images(large.images, wanted));
        UPDATE headcount.shards SET images = headcount.first_images(large.images, wanted) WHERE id = large.id;
    END LOOP;
    -- A minute late, for shards whose transactions take their time to become visible.
    IF upto > since + interval '90 s' THEN
        UPDATE headcount.tallies t SET version = t.version + 1, seen_until = least(upto, now()) - interval '1 minute'
        WHERE t.run_id = run AND t.worker_id = worker AND t.version = (
            SELECT n.version FROM headcount.tallies n WHERE n.run_id = run AND n.worker_id = worker
            ORDER BY n.version DESC LIMIT 1);
    END IF;
    RETURN leased;
END $$;
COMMENT ON FUNCTION headcount.claim_waiting IS 'Leases shards that wait in a run since then to a worker, until they hold as many images as are wanted.';

CREATE FUNCTION headcount.claim_new(run integer, last bigint, worker bigint, wanted bigint, rate double precision)
RETURNS bigint LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
    numbers smallint[];
    versions bigint[];
    positions bigint[];
    rest bigint;
    size bigint;
    own bigint;
    busy integer;
    k integer;
    stop bigint;
    position bigint;
    cut int8multirange := '{}';
    new_id bigint;
BEGIN
    LOOP
        SELECT array_agg(t.number ORDER BY (t.number - worker + 8 * worker) % 8),
            array_agg(t.version ORDER BY (t.number - worker + 8 * worker) % 8),
            array_agg(t.next ORDER BY (t.number - worker + 8 * worker) % 8),
            sum(headcount.stripe_rest(t.number, t.next, last))
        INTO numbers, versions, positions, rest
        FROM headcount.newest_stripes(run) t WHERE t.next <= last;
        IF numbers IS NULL THEN
            RETURN NULL;
        END IF;
        busy := NULL;
        FOR k IN 1..cardinality(numbers) LOOP
            -- By the version that was just seen: where it is gone somebody was faster.
            PERFORM FROM headcount.stripes t
            WHERE t.run_id = run AND t.number = numbers[k] AND t.version = versions[k]
            FOR NO KEY UPDATE SKIP LOCKED;
            IF FOUND THEN
                size := coalesce(wanted, headcount.claim_size(rate, rest));
                own := size;
                position := positions[k];
                WHILE own > 0 AND position <= last LOOP
                    -- To the end of the block at most, and on in the stripe's next one.
                    stop := least(position + own, (position - 1) / 1024 * 1024 + 1025, last + 1);
                    cut := cut + int8multirange(int8range(position, stop));
                    own := own - (stop - position);
                    position := CASE WHEN (stop - 1) % 1024 = 0 THEN stop + 7 * 1024 ELSE stop END;
                END LOOP;
                UPDATE headcount.stripes t SET version = t.version + 1, next = position
                WHERE t.run_id = run AND t.number = numbers[k] AND t.version = versions[k];
                INSERT INTO headcount.shards (run_id, images, token, worker_id)
                VALUES (run, cut, 1, worker) RETURNING id INTO new_id;
                RETURN new_id;
            END IF;
            busy := coalesce(busy, k);
        END LOOP;
        -- All are being claimed from: wait for the first.
        PERFORM FROM headcount.stripes t
        WHERE t.run_id = run AND t.number = numbers[busy] AND t.version = versions[busy] FOR NO KEY UPDATE;
    END LOOP;
END $$;
COMMENT ON FUNCTION headcount.claim_new IS 'Cuts a shard from a run, leased to a worker; NULL where all of the run was claimed. Stripes are tried from the worker''s own on.';

CREATE FUNCTION headcount.steal(run integer, worker bigint, rate double precision) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    victim record;
    kept int8multirange;
    new_id bigint;
BEGIN
    -- From whoever will take longest, but no image that is likely to be under way there: two seconds' work, or 16.
    SELECT s.id, s.images, v.size, v.rate INTO victim
    FROM headcount.shards s
    JOIN headcount.workers w ON w.id = s.worker_id AND w.lease_until > clock_timestamp()
    CROSS JOIN LATERAL (
        SELECT headcount.multirange_size(s.images) AS size, (
            SELECT coalesce(headcount.rate_now(t.rate, t.first_at, t.last_at), 0) FROM headcount.tallies t
            WHERE t.run_id = run AND t.worker_id = s.worker_id ORDER BY t.version DESC LIMIT 1) AS rate
    ) AS v
    WHERE s.run_id = run AND s.worker_id IS NOT NULL AND s.worker_id <> worker
        AND v.size > greatest(2 * v.rate, 16)
    ORDER BY v.size / greatest(v.rate, 0.01) DESC LIMIT 1
    FOR UPDATE OF s SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- Shared so that both end together.
    kept := headcount.first_images(victim.images, least(victim.size - 1, greatest(ceil(2 * victim.rate), 16,
        ceil(victim.size * CASE WHEN rate + victim.rate > 0 THEN victim.rate / (rate + victim.rate) ELSE 0.5 END)))::bigint);
    UPDATE headcount.shards SET images = kept WHERE id = victim.id;
    INSERT INTO headcount.shards (run_id, images, token, worker_id)
    VALUES (run, victim.images - kept, 1, worker) RETURNING id INTO new_id;
    RETURN new_id;
END $$;
COMMENT ON FUNCTION headcount.steal IS 'Leases the last images of the shard that would be finished last to an idle worker; NULL where none has images to spare. Whoever held them learns it from the next heartbeat or write, and what it writes for them is left out.';

CREATE FUNCTION headcount.claim(worker bigint, lease interval, wanted integer DEFAULT NULL,
    only_set text DEFAULT NULL, declined integer[] DEFAULT '{}', may_steal boolean DEFAULT false)
RETURNS TABLE (shard_id bigint, token bigint, run_id integer, image bigint, url text, attempts integer)
LANGUAGE plpgsql SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    open_run record;
    shard record;
    asked bigint;
    waiting bigint[] := '{}';
    claimed bigint;
    found_run record;
BEGIN
    PERFORM headcount.renew(worker, lease, false);
    -- Usually the first attempt. The second looks before the low-water marks too, and the third is for what expired
    -- leases gave back.
    FOR attempt IN 1..3 LOOP
        FOR open_run IN
            SELECT o.run_id, o.set_id, o.images, t.seen_until,
                headcount.rate_now(t.rate, t.first_at, t.last_at) AS rate
            FROM headcount.open_runs(worker, only_set, declined) o
            LEFT JOIN LATERAL (
                SELECT n.* FROM headcount.tallies n WHERE n.run_id = o.run_id AND n.worker_id = worker
                ORDER BY n.version DESC LIMIT 1) AS t ON true
            -- Among equal priorities each worker turns to the run it wrote results for the longest ago, so that
            -- runs share the workers and a new one is begun by the next claim.
            ORDER BY o.priority DESC, t.last_at NULLS FIRST, o.run_id
        LOOP
            asked := coalesce(wanted, headcount.claim_size(open_run.rate, 9000000000));
            waiting := headcount.claim_waiting(open_run.run_id, worker, asked,
                CASE WHEN attempt = 1 THEN coalesce(open_run.seen_until, '-infinity') ELSE '-infinity' END);
            IF waiting = '{}' THEN
                claimed := headcount.claim_new(open_run.run_id, open_run.images, worker, wanted, open_run.rate);
            END IF;
            found_run := open_run;
            EXIT WHEN claimed IS NOT NULL OR waiting <> '{}';
            IF attempt = 2 THEN
                PERFORM headcount.close_run(open_run.run_id);
                IF may_steal THEN
                    claimed := headcount.steal(open_run.run_id, worker, coalesce(open_run.rate, 0));
                    EXIT WHEN claimed IS NOT NULL;
                END IF;
            END IF;
        END LOOP;
        EXIT WHEN claimed IS NOT NULL OR waiting <> '{}' OR (attempt = 2 AND headcount.release_expired() = 0);
    END LOOP;
    IF claimed IS NULL AND waiting = '{}' THEN
        RETURN;
    END IF;
    FOR shard IN
        SELECT s.id, s.token, s.images FROM headcount.shards s WHERE s.id = ANY (waiting || claimed) ORDER BY s.id
    LOOP
        -- The partitions are named outright: a plan over their parents would lock the tables of every set and run.
        RETURN QUERY EXECUTE format($query$
            SELECT $1, $2, $3, i.number, i.url, %s
            FROM unnest($4) AS part CROSS JOIN LATERAL (
                -- Fenced: part by part through the key, in order, whatever the planner knows of the table.
                SELECT n.number, n.url FROM headcount.%I n
                WHERE n.set_id = $5 AND n.number >= lower(part) AND n.number < upper(part)
                ORDER BY n.number OFFSET 0) AS i
            $query$,
            CASE WHEN shard.id = claimed THEN '0' ELSE format(
                '(SELECT coalesce(max(x.attempt), 0) FROM headcount.%I x WHERE x.run_id = $3 AND x.image = i.number)',
                'failures_' || found_run.run_id) END,
            'images_' || found_run.set_id)
        USING shard.id, shard.token, found_run.run_id, shard.images, found_run.set_id;
    END LOOP;
END $$;
COMMENT ON FUNCTION headcount.claim IS 'Leases images of one run to a worker, in shards, and returns them: as many as are wanted or, for NULL, ten seconds of its work and no more than its share. With may_steal, an idle worker gets the unstarted part of a straggler''s shard.';

CREATE FUNCTION headcount.heartbeat(worker bigint, lease interval, holding bigint[])
RETURNS TABLE (shard_id bigint, token bigint, last_image bigint)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    PERFORM headcount.release_expired();
    PERFORM headcount.renew(worker, lease, true);
    -- Shards of claims whose answer was lost. One that was just claimed may not be known yet where this was asked.
    DELETE FROM headcount.shards s
    WHERE s.worker_id = worker AND s.id <> ALL (holding) AND s.available_at < clock_timestamp() - lease
        AND isempty(s.images);
    UPDATE headcount.shards s SET worker_id = NULL, available_at = clock_timestamp()
    WHERE s.worker_id = worker AND s.id <> ALL (holding) AND s.available_at < clock_timestamp() - lease;
    RETURN QUERY
    SELECT s.id, s.token, coalesce(upper(s.images) - 1, 0)
    FROM headcount.shards s JOIN headcount.runs r ON r.id = s.run_id
    WHERE s.id = ANY (holding) AND s.worker_id = worker AND r.wish <> 'cancelled';
END $$;
COMMENT ON FUNCTION headcount.heartbeat IS 'Renews all leases of a worker; of the shards it believes to hold, returns those it does and the last image that is still its own in each. All else is to be dropped at once.';

CREATE FUNCTION headcount.retry_delay(class headcount.failure_class, attempt integer, asked double precision)
RETURNS interval LANGUAGE sql STABLE AS $$
    -- The host's own wish where it gave one, bounded to a day; else doubling from the class's first delay, up to an
    -- hour, varied by a quarter so that images that failed together do not come back together.
    SELECT CASE
        WHEN asked IS NOT NULL THEN least(greatest(asked, 0), 86400) * interval '1 second'
        ELSE least(c.first_delay * power(2, least(attempt - 1, 20)), interval '1 hour') * (0.75 + random() / 2)
    END
    FROM headcount.failure_classes c WHERE c.class = retry_delay.class
$$;
COMMENT ON FUNCTION headcount.retry_delay IS 'How long to wait after this attempt failed; asked is what the host wished, in seconds.';

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
                -- Bounded: the exponential of a worker that comes back after hours would be out of range.
                rate = t.rate * exp(-least(extract(epoch FROM now() - t.last_at) / memory, 50))
                    + greatest(0, new_counts + new_failures) / memory,
                last_at = now()
            WHERE t.run_id = run AND t.worker_id = worker AND t.version = newest;
        END IF;
        EXIT WHEN FOUND;
    END LOOP;
END $$;
COMMENT ON FUNCTION headcount.add_to_tally IS 'Adds what a worker ended to its tally of the run.';

CREATE FUNCTION headcount.record(
    worker bigint, shard bigint, with_token bigint, is_last boolean,
    counted bigint[], counts double precision[], tiles smallint[], widths integer[], heights integer[],
    digests bytea[], sizes bigint[], preprocessing smallint, fetch_ms real[], decode_ms real[], infer_ms real[],
    failed bigint[], attempts integer[], classes text[], details text[], asked_delays double precision[],
    mapped bigint[] DEFAULT '{}', map_columns smallint[] DEFAULT '{}', map_rows smallint[] DEFAULT '{}',
    map_quanta real[] DEFAULT '{}', map_cells bytea[] DEFAULT '{}',
    etags text[] DEFAULT '{}', source_runs integer[] DEFAULT '{}', source_images bigint[] DEFAULT '{}')
RETURNS bigint LANGUAGE plpgsql SET jit = off SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    held record;
    rest int8multirange;
    new_counts bigint := 0;
    final_failures bigint := 0;
BEGIN
    -- The fence: whoever takes a shard away changes its row, so that one of the two waits for the other and sees it.
    SELECT s.run_id, s.images INTO held FROM headcount.shards s
    WHERE s.id = shard AND s.worker_id = worker AND s.token = with_token
        AND EXISTS (SELECT FROM headcount.workers w WHERE w.id = worker AND w.lease_until > clock_timestamp())
        AND EXISTS (SELECT FROM headcount.runs r WHERE r.id = s.run_id AND r.wish <> 'cancelled')
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    rest := held.images;

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
        -- latest time.
        EXECUTE format($query$
            WITH written AS (
                INSERT INTO headcount.%I (run_id, image, attempt, class, detail, final, retry_at, worker_id)
                SELECT $1, f.image, f.attempt, c.class, f.detail, f.attempt >= c.attempts,
                    CASE WHEN f.attempt < c.attempts THEN
                        clock_timestamp() + headcount.retry_delay(c.class, f.attempt, f.asked) END,
                    $2
                FROM unnest($3, $4, $5, $6, $7) AS f(image, attempt, class, detail, asked)
                JOIN headcount.failure_classes c ON c.class = f.class::headcount.failure_class
                WHERE $8 @> f.image AND f.image <> ALL ($9)
                RETURNING image, final, retry_at
            ), waiting AS (
                INSERT INTO headcount.shards (run_id, images, available_at)
                SELECT $1, range_agg(int8range(w.image, w.image, '[]')), max(w.retry_at)
                FROM written w WHERE NOT w.final
                GROUP BY ceil(log(2, 1 + greatest(extract(epoch FROM w.retry_at - now()), 0)))
            )
            SELECT count(*) FILTER (WHERE final) FROM written
            $query$, 'failures_' || held.run_id)
        INTO final_failures
        USING held.run_id, worker, failed, attempts, classes, details, asked_delays, held.images, counted;
        rest := rest - (SELECT range_agg(int8range(n, n, '[]')) FROM unnest(failed) AS n);
    END IF;

    PERFORM headcount.add_to_tally(held.run_id, worker, new_counts, final_failures);

    IF is_last AND isempty(rest) THEN
        DELETE FROM headcount.shards WHERE id = shard;
    ELSIF is_last THEN
        -- Given up: somebody else may have it at once.
        UPDATE headcount.shards SET images = rest, worker_id = NULL, available_at = clock_timestamp() WHERE id = shard;
        PERFORM pg_notify('headcount', 'work');
    ELSIF rest <> held.images THEN
        UPDATE headcount.shards SET images = rest WHERE id = shard;
    END IF;
    RETURN coalesce(upper(rest) - 1, 0);
END $$;
COMMENT ON FUNCTION headcount.record IS 'Writes results of a leased shard in one transaction, and with is_last finishes it: what is left goes back. Returns the last image that is still the worker''s in it, 0 where there is none; NULL, and nothing is written, where it no longer holds the lease.';
