-- Enqueueing: URLs become images, images become shards.

CREATE FUNCTION headcount.find_model(model_name text) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found_id integer;
BEGIN
    IF model_name IS NULL THEN
        SELECT id INTO found_id FROM headcount.models WHERE is_default;
        IF found_id IS NULL THEN
            RAISE EXCEPTION 'no default model' USING ERRCODE = 'no_data_found',
                HINT = 'Add one with: headcount model add MANIFEST.json --default';
        END IF;
    ELSE
        SELECT id INTO found_id FROM headcount.models
        WHERE name = model_name OR digest = model_name ORDER BY id DESC LIMIT 1;
        IF found_id IS NULL THEN
            RAISE EXCEPTION 'no model %', model_name USING ERRCODE = 'no_data_found',
                HINT = 'See headcount model list, or add it with: headcount model add MANIFEST.json';
        END IF;
    END IF;
    RETURN found_id;
END $$;
COMMENT ON FUNCTION headcount.find_model IS 'The model meant by a name or a digest; the default model for NULL.';

CREATE FUNCTION headcount.plan_of(model integer, asked text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(asked, m.manifest ->> 'plan', 'grid:2x2') FROM headcount.models m WHERE m.id = model
$$;
COMMENT ON FUNCTION headcount.plan_of IS 'The tile plan that was asked for, else the model''s own, else grid:2x2.';

CREATE FUNCTION headcount.start_run(of_set integer, of_model integer, with_plan text, with_priority smallint,
    with_density boolean)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    new_id integer;
BEGIN
    INSERT INTO headcount.runs (set_id, model_id, plan, priority, keeps_density)
    VALUES (of_set, of_model, headcount.plan_of(of_model, with_plan), with_priority, with_density)
    RETURNING id INTO new_id;
    PERFORM headcount.make_partition('counts', new_id);
    PERFORM headcount.make_partition('failures', new_id);
    PERFORM headcount.make_partition('density_maps', new_id);
    INSERT INTO headcount.stripes (run_id, number, next)
    SELECT new_id, k, k * 1024 + 1 FROM generate_series(0, 7) AS k;
    RETURN new_id;
END $$;
COMMENT ON FUNCTION headcount.start_run IS 'Makes a run of a set, without images as yet; the plan is the model''s own where none is given.';

CREATE FUNCTION headcount.ensure_run(of_set integer, model_name text, with_plan text, with_priority smallint,
    with_density boolean)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    of_model integer := headcount.find_model(model_name);
    found_id integer;
BEGIN
    -- The lock of the set's row keeps two from making the same run. Not a full lock: that would make everyone wait
    -- who only refers to the row, workers that write results among them.
    PERFORM FROM headcount.sets WHERE id = of_set FOR NO KEY UPDATE;
    SELECT r.id INTO found_id FROM headcount.runs r
    WHERE r.set_id = of_set AND r.model_id = of_model AND r.wish <> 'cancelled'
        AND r.plan = headcount.plan_of(of_model, with_plan)
    ORDER BY r.id DESC LIMIT 1;
    IF found_id IS NULL THEN
        RETURN headcount.start_run(of_set, of_model, with_plan, with_priority, with_density);
    END IF;
    -- Workers that know the run already go on without.
    UPDATE headcount.runs SET keeps_density = true WHERE id = found_id AND with_density AND NOT keeps_density;
    RETURN found_id;
END $$;
COMMENT ON FUNCTION headcount.ensure_run IS 'The newest run of a set with this model and plan that is not cancelled, made if there is none.';

CREATE FUNCTION headcount.add_images(to_set integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    before bigint;
    added bigint;
BEGIN
    -- The lock makes numbers gapless and the comparison below sound.
    SELECT images INTO STRICT before FROM headcount.sets WHERE id = to_set FOR NO KEY UPDATE;
    INSERT INTO headcount.images (set_id, number, url, key, taken_at, extra)
    SELECT to_set, before + row_number() OVER (ORDER BY line), url, key, taken_at, extra::jsonb
    FROM (SELECT DISTINCT ON (url) * FROM pg_temp.headcount_incoming ORDER BY url, line) AS fresh
    WHERE NOT EXISTS (
        SELECT FROM headcount.images old
        WHERE old.set_id = to_set AND hashtextextended(old.url, 0) = hashtextextended(fresh.url, 0)
            AND old.url = fresh.url);
    GET DIAGNOSTICS added = ROW_COUNT;
    UPDATE headcount.sets SET images = before + added WHERE id = to_set;
    RETURN added;
END $$;
COMMENT ON FUNCTION headcount.add_images IS 'Moves the rows of the temporary table headcount_incoming (line, url, key, taken_at, extra) that the set does not hold yet into it; returns how many.';

CREATE FUNCTION headcount.extend_run(run integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    before record;
BEGIN
    SELECT r.images AS old, s.images AS new, r.is_open AND EXISTS (
            SELECT FROM headcount.newest_stripes(r.id) t WHERE t.next <= r.images) AS has_work
    INTO STRICT before FROM headcount.runs r JOIN headcount.sets s ON s.id = r.set_id WHERE r.id = run FOR NO KEY UPDATE OF r;
    IF before.new <= before.old THEN
        RETURN 0;
    END IF;
    UPDATE headcount.runs SET images = before.new, is_open = true WHERE id = run;
    -- Workers that are busy need no notice: one for a list, not one for each of its transactions.
    IF NOT before.has_work THEN
        PERFORM pg_notify('headcount', 'work');
    END IF;
    RETURN before.new - before.old;
END $$;
COMMENT ON FUNCTION headcount.extend_run IS 'Makes the images of the set that are not part of the run yet part of it; returns how many these are.';

CREATE FUNCTION headcount.take_in(set_name text, model text, plan text, priority smallint, density boolean,
    OUT run_id integer, OUT added bigint)
LANGUAGE plpgsql AS $$
DECLARE
    to_set integer := headcount.ensure_set(set_name);
BEGIN
    run_id := headcount.ensure_run(to_set, model, plan, priority, density);
    added := headcount.add_images(to_set);
    PERFORM headcount.extend_run(run_id);
END $$;
COMMENT ON FUNCTION headcount.take_in IS 'Enqueues the rows of the temporary table headcount_incoming; what the set holds already is left out.';

CREATE FUNCTION headcount.url_problem(url text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN url IS NULL THEN 'is NULL'
        WHEN length(url) > 8192 THEN 'is longer than 8192 characters'
        WHEN url !~* '^https?://' THEN 'does not begin with http:// or https://'
        WHEN url ~ '[[:cntrl:][:space:]]' THEN 'holds a space or a control character'
        WHEN url !~* '^https?://[^/?#]' THEN 'names no host'
    END
$$;
COMMENT ON FUNCTION headcount.url_problem IS 'Why a text is no URL of an image, NULL where it is one.';

CREATE FUNCTION headcount.enqueue(set_name text, urls text[], model text DEFAULT NULL, plan text DEFAULT NULL,
    priority integer DEFAULT 0, density boolean DEFAULT false)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    bad record;
    taken record;
BEGIN
    IF coalesce(cardinality(urls), 0) = 0 THEN
        RAISE EXCEPTION 'no URLs to enqueue' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT line, left(url, 200) AS url, headcount.url_problem(url) AS problem INTO bad
    FROM unnest(urls) WITH ORDINALITY AS given(url, line)
    WHERE headcount.url_problem(url) IS NOT NULL ORDER BY line LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'URL % of the array (%) %', bad.line, coalesce(bad.url, 'NULL'), bad.problem
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF priority NOT BETWEEN -1000 AND 1000 THEN
        RAISE EXCEPTION 'priority % is not between -1000 and 1000', priority USING ERRCODE = 'invalid_parameter_value';
    END IF;
    CREATE TEMPORARY TABLE headcount_incoming ON COMMIT DROP AS
    SELECT line, url, NULL::text AS key, NULL::timestamptz AS taken_at, NULL::jsonb AS extra
    FROM unnest(urls) WITH ORDINALITY AS given(url, line);
    SELECT * INTO taken FROM headcount.take_in(set_name, model, plan, priority::smallint, density);
    -- So that it can be called again in the same transaction.
    DROP TABLE pg_temp.headcount_incoming;
    RETURN taken.run_id;
END $$;
COMMENT ON FUNCTION headcount.enqueue IS 'Adds URLs to a set, made if need be, and to its run with this model and plan; returns the run. URLs the set holds already are left out.';

CREATE FUNCTION headcount.recount(set_name text, model text DEFAULT NULL, plan text DEFAULT NULL,
    priority integer DEFAULT 0, density boolean DEFAULT false)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    of_set integer;
    new_run integer;
BEGIN
    SELECT id INTO of_set FROM headcount.sets WHERE name = set_name FOR NO KEY UPDATE;
    IF of_set IS NULL THEN
        RAISE EXCEPTION 'no image set %', set_name USING ERRCODE = 'no_data_found', HINT = 'See headcount status.';
    END IF;
    new_run := headcount.start_run(of_set, headcount.find_model(model), plan, priority::smallint, density);
    PERFORM headcount.extend_run(new_run);
    RETURN new_run;
END $$;
COMMENT ON FUNCTION headcount.recount IS 'Makes a new run of a whole set with this model and plan, and returns it.';
