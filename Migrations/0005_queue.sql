-- The queue as workers use it: register, claim, heartbeat, record. Every lease is judged by the clock of the database.

CREATE FUNCTION headcount.release_expired() RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    released bigint;
BEGIN
    UPDATE headcount.shards s SET worker_id = NULL, lease_until = NULL
    FROM (SELECT id FROM headcount.shards
          WHERE worker_id IS NOT NULL AND lease_until <= clock_timestamp()
          FOR UPDATE SKIP LOCKED) AS expired
    WHERE s.id = expired.id;
    GET DIAGNOSTICS released = ROW_COUNT;
    RETURN released;
END $$;
COMMENT ON FUNCTION headcount.release_expired IS 'Gives shards whose lease ran out back to the queue; returns how many. Anyone may call it at any time.';

CREATE FUNCTION headcount.open_runs(for_engine text, only_set text, declined integer[])
RETURNS TABLE (run_id integer, priority smallint)
LANGUAGE sql STABLE AS $$
    SELECT r.id, r.priority FROM headcount.runs r
    JOIN headcount.models m ON m.id = r.model_id
    JOIN headcount.sets s ON s.id = r.set_id
    WHERE r.wish = 'active'
        -- A simulated card computes no network, so it needs no file of one.
        AND (for_engine = 'simulated' OR (m.manifest -> 'files' -> for_engine) IS NOT NULL)
        AND (only_set IS NULL OR s.name = only_set)
        AND r.id <> ALL (declined)
        AND EXISTS (SELECT FROM headcount.shards h WHERE h.run_id = r.id)
$$;
COMMENT ON FUNCTION headcount.open_runs IS 'The runs a worker may have work from, now or later: active, with shards, of a model for its engine, of its set where it keeps to one, and not declined by it.';

CREATE FUNCTION headcount.claim(worker bigint, lease interval, wanted integer,
    only_set text DEFAULT NULL, declined integer[] DEFAULT '{}')
RETURNS TABLE (shard_id bigint, token bigint, run_id integer, image bigint, url text, attempts integer)
LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
    engine_name text;
    open_run record;
    shard record;
    claimed bigint[] := '{}';
    some_ids bigint[];
BEGIN
    SELECT w.engine INTO STRICT engine_name FROM headcount.workers w WHERE w.id = worker;
    -- Twice at most: the second time with what expired leases gave back.
    FOR round IN 1..2 LOOP
        FOR open_run IN
            SELECT o.run_id FROM headcount.open_runs(engine_name, only_set, declined) o
            WHERE EXISTS (SELECT FROM headcount.shards s
                          WHERE s.run_id = o.run_id AND s.worker_id IS NULL AND s.available_at <= now())
            -- Among equal priorities the run that holds the fewest workers goes first: fair shares.
            ORDER BY o.priority DESC,
                (SELECT count(*) FROM headcount.shards l WHERE l.worker_id IS NOT NULL AND l.run_id = o.run_id), o.run_id
        LOOP
            WITH free AS MATERIALIZED (
                SELECT s.id FROM headcount.shards s
                WHERE s.run_id = open_run.run_id AND s.worker_id IS NULL AND s.available_at <= now()
                ORDER BY s.available_at, s.id
                LIMIT wanted - cardinality(claimed)
                FOR UPDATE SKIP LOCKED
            ), leased AS (
                UPDATE headcount.shards s
                SET worker_id = worker, token = s.token + 1, lease_until = clock_timestamp() + lease
                FROM free WHERE s.id = free.id
                RETURNING s.id
            )
            SELECT array_agg(leased.id) INTO some_ids FROM leased;
            claimed := claimed || coalesce(some_ids, '{}');
            EXIT WHEN cardinality(claimed) >= wanted;
        END LOOP;
        EXIT WHEN cardinality(claimed) > 0 OR headcount.release_expired() = 0;
    END LOOP;
    FOR shard IN
        SELECT s.id, s.token, s.run_id, s.images, r.set_id
        FROM headcount.shards s JOIN headcount.runs r ON r.id = s.run_id
        WHERE s.id = ANY (claimed) ORDER BY s.id
    LOOP
        -- The partitions are named outright: a plan over their parents would lock the tables of every set and run.
        RETURN QUERY EXECUTE format($query$
            SELECT $1, $2, $3, i.number, i.url, coalesce(f.attempts, 0)
            FROM (SELECT) AS one
            LEFT JOIN (
                SELECT i.number, i.url
                FROM unnest($4) AS part
                JOIN headcount.%I i ON i.set_id = $5 AND i.number >= lower(part) AND i.number < upper(part)
                -- A shard that was lost half done comes back with what is not counted yet, but for what waits for
                -- its next attempt: that is put off again when the shard is finished.
                WHERE NOT EXISTS (SELECT FROM headcount.%I c WHERE c.run_id = $3 AND c.image = i.number)
                    AND NOT EXISTS (SELECT FROM headcount.%I x
                                    WHERE x.run_id = $3 AND x.image = i.number
                                        AND (x.final OR x.retry_at > now()))
            ) AS i ON true
            LEFT JOIN LATERAL (
                SELECT max(x.attempt) AS attempts FROM headcount.%I x WHERE x.run_id = $3 AND x.image = i.number
            ) AS f ON true
            ORDER BY i.number
            $query$, 'images_' || shard.set_id, 'counts_' || shard.run_id, 'failures_' || shard.run_id,
                'failures_' || shard.run_id)
        USING shard.id, shard.token, shard.run_id, shard.images, shard.set_id;
    END LOOP;
END $$;
COMMENT ON FUNCTION headcount.claim IS 'Leases up to so many shards to a worker and returns their images that are to be counted now. A shard with none gives one row without image.';

CREATE FUNCTION headcount.heartbeat(worker bigint, lease interval)
RETURNS TABLE (shard_id bigint, token bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    UPDATE headcount.workers SET heartbeat_at = now() WHERE id = worker;
    PERFORM headcount.release_expired();
    RETURN QUERY
    UPDATE headcount.shards s SET lease_until = clock_timestamp() + lease
    FROM headcount.runs r
    WHERE s.worker_id = worker AND s.lease_until > clock_timestamp() AND r.id = s.run_id AND r.wish <> 'cancelled'
    RETURNING s.id, s.token;
END $$;
COMMENT ON FUNCTION headcount.heartbeat IS 'Renews all leases of a worker and returns them; work on any other shard is to be dropped at once.';

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

CREATE FUNCTION headcount.record(
    worker bigint, shard bigint, with_token bigint, is_last boolean,
    counted bigint[], counts double precision[], tiles smallint[], widths integer[], heights integer[],
    digests bytea[], sizes bigint[], preprocessing smallint, fetch_ms real[], decode_ms real[], infer_ms real[],
    failed bigint[], attempts integer[], classes text[], details text[], asked_delays double precision[])
RETURNS boolean LANGUAGE plpgsql SET jit = off AS $$
DECLARE
    held record;
    counts_table text;
    failures_table text;
    new_counts bigint;
    final_failures bigint;
    memory constant double precision := 20;  -- seconds: the time constant of the rate
BEGIN
    SELECT s.run_id, s.images INTO held FROM headcount.shards s
    WHERE s.id = shard AND s.worker_id = worker AND s.token = with_token AND s.lease_until > clock_timestamp()
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF NOT (SELECT coalesce(bool_and(held.images @> n), true) FROM unnest(counted || failed) AS n) THEN
        RAISE EXCEPTION 'results for images outside shard %', shard USING ERRCODE = 'check_violation';
    END IF;
    -- Named outright, as in claim().
    counts_table := 'counts_' || held.run_id;
    failures_table := 'failures_' || held.run_id;

    -- Results may come twice, after a connection that broke while they were written: what an image has it keeps.
    EXECUTE format($query$
        INSERT INTO headcount.%I (run_id, image, count, tiles, width, height, picture_digest, picture_bytes,
            preprocessing, worker_id, fetch_ms, decode_ms, infer_ms)
        SELECT $1, u.image, u.people, u.tile_count, u.width, u.height, u.digest, u.size, $2, $3,
            u.fetching, u.decoding, u.inferring
        FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            AS u(image, people, tile_count, width, height, digest, size, fetching, decoding, inferring)
        WHERE NOT EXISTS (SELECT FROM headcount.%I x WHERE x.run_id = $1 AND x.image = u.image AND x.final)
        ON CONFLICT DO NOTHING
        $query$, counts_table, failures_table)
    USING held.run_id, preprocessing, worker, counted, counts, tiles, widths, heights, digests, sizes,
        fetch_ms, decode_ms, infer_ms;
    GET DIAGNOSTICS new_counts = ROW_COUNT;

    EXECUTE format($query$
        WITH written AS (
            INSERT INTO headcount.%I (run_id, image, attempt, class, detail, final, retry_at, worker_id)
            SELECT $1, f.image, f.attempt, c.class, f.detail, f.attempt >= c.attempts,
                CASE WHEN f.attempt < c.attempts THEN now() + headcount.retry_delay(c.class, f.attempt, f.asked) END,
                $2
            FROM unnest($3, $4, $5, $6, $7) AS f(image, attempt, class, detail, asked)
            JOIN headcount.failure_classes c ON c.class = f.class::headcount.failure_class
            WHERE NOT EXISTS (SELECT FROM headcount.%I k WHERE k.run_id = $1 AND k.image = f.image)
                AND NOT EXISTS (SELECT FROM headcount.%I x WHERE x.run_id = $1 AND x.image = f.image AND x.final)
            ON CONFLICT DO NOTHING
            RETURNING final
        )
        SELECT count(*) FILTER (WHERE final) FROM written
        $query$, failures_table, counts_table, failures_table)
    INTO final_failures
    USING held.run_id, worker, failed, attempts, classes, details, asked_delays;

    INSERT INTO headcount.tallies AS t (run_id, worker_id, counted, failed, rate)
    VALUES (held.run_id, worker, new_counts, final_failures, (new_counts + final_failures) / memory)
    ON CONFLICT (run_id, worker_id) DO UPDATE SET
        counted = t.counted + excluded.counted,
        failed = t.failed + excluded.failed,
        -- Bounded: the exponential of a worker that comes back after hours would be out of range.
        rate = t.rate * exp(-least(extract(epoch FROM now() - t.last_at) / memory, 50)) + excluded.rate,
        last_at = now();

    IF is_last THEN
        -- What is neither counted nor failed for good goes back: at once where the worker gave it up, later where it
        -- is to be tried again. Waits within a factor of two share a shard and its latest time.
        EXECUTE format($query$
            INSERT INTO headcount.shards (run_id, images, available_at)
            SELECT $1, range_agg(int8range(n, n, '[]')), coalesce(max(f.retry_at), '-infinity')
            FROM unnest($2) AS part
            CROSS JOIN generate_series(lower(part), upper(part) - 1) AS n
            LEFT JOIN LATERAL (
                SELECT x.final, x.retry_at FROM headcount.%I x
                WHERE x.run_id = $1 AND x.image = n ORDER BY x.attempt DESC LIMIT 1
            ) AS f ON true
            WHERE f.final IS NOT TRUE AND NOT EXISTS (SELECT FROM headcount.%I c WHERE c.run_id = $1 AND c.image = n)
            GROUP BY CASE WHEN f.retry_at > now() THEN ceil(log(2, 1 + extract(epoch FROM f.retry_at - now()))) END
            $query$, failures_table, counts_table)
        USING held.run_id, held.images;
        DELETE FROM headcount.shards WHERE id = shard;
    END IF;
    RETURN true;
END $$;
COMMENT ON FUNCTION headcount.record IS 'Writes results of a leased shard in one transaction, and with is_last finishes it: what is left goes back as new shards. False, and nothing is written, where the worker no longer holds the lease.';

CREATE FUNCTION headcount.sign_off(worker bigint) RETURNS void
LANGUAGE sql AS $$
    UPDATE headcount.shards SET worker_id = NULL, lease_until = NULL WHERE worker_id = worker;
    UPDATE headcount.workers SET stopped_at = now() WHERE id = worker;
$$;
COMMENT ON FUNCTION headcount.sign_off IS 'A worker that stops gives all its shards back at once.';
