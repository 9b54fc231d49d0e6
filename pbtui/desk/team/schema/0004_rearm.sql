-- Who may lift a halt: one person, or two. And which desks have sent without the store, while they could not reach it.
--
-- The rule of two persons is a row here and not in the settings: one settings file must not evade it. Any desk whose
-- settings have the rule sets it for its server; no desk can take it back. The owner of the schema can:
--     delete from pbtui.rearm_rule where server = '...';

create table pbtui.rearm_rule (
    server text primary key references pbtui.account,
    operator text not null, -- who set it
    host text not null,
    set_at timestamptz not null
);

create table pbtui.rearm_request (
    id bigint generated always as identity primary key,
    server text not null references pbtui.account,
    epochs bigint[] not null, -- the halts that it is to lift
    operator text not null,
    host text not null,
    profile text not null,
    desk text not null,
    db_user text not null, -- as the server knows it, not as the desk states it
    reason text not null,
    asked_at timestamptz not null,
    until timestamptz not null,
    ended_at timestamptz,
    ending text not null default '', -- 'confirmed', 'withdrawn', 'replaced'
    confirmed_by text not null default '',
    confirmed_on text not null default '',
    confirmed_as text not null default '' -- user of the database
);
create index rearm_request_open on pbtui.rearm_request (server) where ended_at is null;

create function pbtui.require_two_persons(p_server text, p_operator text, p_host text) returns void
    language plpgsql security definer set search_path = pg_catalog
    as $$
begin
    if exists (select from pbtui.rearm_rule where server = p_server) then
        return;
    end if;
    insert into pbtui.account (server) values (p_server) on conflict do nothing;
    perform from pbtui.account where server = p_server for no key update; -- a re-arm under way ends before
    insert into pbtui.rearm_rule values (p_server, p_operator, p_host, clock_timestamp()) on conflict do nothing;
end
$$;

create function pbtui.needs_two_persons(p_server text) returns boolean
    language sql stable security definer set search_path = pg_catalog
    as $$ select exists (select from pbtui.rearm_rule where server = p_server) $$;

-- The request with this id, or all open ones if it is null, each with the halts that it is to lift.
create function pbtui.rearm_requests(p_server text, p_id bigint) returns jsonb
    language sql stable security definer set search_path = pg_catalog
    as $$
    select coalesce(jsonb_agg(
        to_jsonb(r) || jsonb_build_object('is_expired', r.until <= clock_timestamp(), 'halts', (
            select coalesce(jsonb_agg(to_jsonb(h) order by h.epoch desc), '[]')
            from pbtui.halt h where h.server = r.server and h.epoch = any(r.epochs)
        )) order by r.id
    ), '[]')
    from pbtui.rearm_request r where r.server = p_server and case when p_id is null
        then r.ended_at is null and r.until > clock_timestamp() else r.id = p_id end
$$;

-- {"refused": reason} or {"halt": ...} as it was lifted. Refused where two persons must re-arm.
create function pbtui.lift_halt(
    p_server text, p_portfolios text[], p_epoch bigint, p_operator text, p_host text, p_reason text
) returns jsonb
    language plpgsql security definer set search_path = pg_catalog
    as $$
declare
    v_halt pbtui.halt;
begin
    perform pbtui.require_read_committed();
    perform from pbtui.account where server = p_server for no key update;
    if exists (select from pbtui.rearm_rule where server = p_server) then
        return jsonb_build_object('refused', 'two persons must re-arm this server');
    end if;
    select * into v_halt from pbtui.halt
        where server = p_server and epoch = p_epoch and pbtui.overlap(portfolios, p_portfolios);
    if not found then
        return jsonb_build_object('refused', format('no halt %s holds for these portfolios', p_epoch));
    end if;
    if v_halt.lifted_at is not null then
        return jsonb_build_object(
            'refused', format('halt %s was lifted already by %s on %s', p_epoch, v_halt.lifted_by, v_halt.lifted_on)
        );
    end if;
    update pbtui.halt
        set lifted_at = clock_timestamp(), lifted_by = p_operator, lifted_on = p_host, lift_reason = p_reason
        where server = p_server and epoch = p_epoch returning * into v_halt;
    perform pg_notify('pbtui_halt', md5(p_server));
    return jsonb_build_object('halt', to_jsonb(v_halt));
end
$$;

-- Asks for a second person. {"refused": reason} or {"request": ...}, which is open for five minutes.
create function pbtui.ask_rearm(
    p_server text, p_portfolios text[], p_epochs bigint[], p_operator text, p_host text, p_profile text, p_desk text,
    p_reason text
) returns jsonb
    language plpgsql security definer set search_path = pg_catalog
    as $$
declare
    v_now timestamptz;
    v_request pbtui.rearm_request;
begin
    perform pbtui.require_read_committed();
    perform from pbtui.account where server = p_server for no key update;
    v_now := clock_timestamp();
    if cardinality(p_epochs) = 0 or exists (
        select from unnest(p_epochs) e where not exists (
            select from pbtui.halt where server = p_server and epoch = e and lifted_at is null
                and pbtui.overlap(portfolios, p_portfolios)
        )
    ) then
        return jsonb_build_object('refused', 'the halt was lifted meanwhile, or does not hold for these portfolios');
    end if;
    select * into v_request from pbtui.rearm_request
        where server = p_server and ended_at is null and until > v_now and epochs && p_epochs and operator <> p_operator
        order by id limit 1;
    if found then
        return jsonb_build_object('refused', format(
            '%s on %s asks for it already, until %s: confirm that', v_request.operator, v_request.host,
            to_char(v_request.until at time zone 'UTC', 'HH24:MI:SS"Z"')
        ));
    end if;
    update pbtui.rearm_request set ended_at = v_now, ending = 'replaced'
        where server = p_server and ended_at is null and until > v_now and epochs && p_epochs;
    insert into pbtui.rearm_request (server, epochs, operator, host, profile, desk, db_user, reason, asked_at, until)
        values (
            p_server, p_epochs, p_operator, p_host, p_profile, p_desk, session_user, p_reason, v_now,
            v_now + interval '5 minutes'
        ) returning * into v_request;
    perform pg_notify('pbtui_halt', md5(p_server));
    return jsonb_build_object('request', to_jsonb(v_request));
end
$$;

-- A desk withdraws its own request.
create function pbtui.withdraw_rearm(p_server text, p_id bigint, p_desk text) returns void
    language plpgsql security definer set search_path = pg_catalog
    as $$
begin
    perform from pbtui.account where server = p_server for no key update;
    update pbtui.rearm_request set ended_at = clock_timestamp(), ending = 'withdrawn'
        where server = p_server and id = p_id and desk = p_desk and ended_at is null;
    perform pg_notify('pbtui_halt', md5(p_server));
end
$$;

-- The second person confirms this very request, and lifts its halts. {"refused": reason} or {"request": ...} as ended.
create function pbtui.confirm_rearm(
    p_server text, p_portfolios text[], p_id bigint, p_operator text, p_host text, p_desk text
) returns jsonb
    language plpgsql security definer set search_path = pg_catalog
    as $$
declare
    v_now timestamptz;
    v_request pbtui.rearm_request;
begin
    perform pbtui.require_read_committed();
    perform from pbtui.account where server = p_server for no key update;
    v_now := clock_timestamp();
    select * into v_request from pbtui.rearm_request where server = p_server and id = p_id;
    if not found then
        return jsonb_build_object('refused', format('there is no request %s', p_id));
    end if;
    if v_request.ended_at is not null then
        return jsonb_build_object('refused', format('the request was %s', v_request.ending));
    end if;
    if v_request.until <= v_now then
        return jsonb_build_object('refused', 'the request has expired');
    end if;
    if v_request.operator = p_operator or v_request.desk = p_desk then
        return jsonb_build_object('refused', format('%s asked for it: another operator must confirm', p_operator));
    end if;
    if v_request.db_user = session_user then
        return jsonb_build_object('refused', format(
            '%s asked for it as the same user of the database, %s: each operator needs a user of their own',
            v_request.operator, session_user
        ));
    end if;
    if exists (
        select from pbtui.halt where server = p_server and epoch = any(v_request.epochs)
            and not pbtui.overlap(portfolios, p_portfolios)
    ) then
        return jsonb_build_object('refused', 'the halt does not hold for these portfolios');
    end if;
    update pbtui.halt
        set lifted_at = v_now, lifted_by = p_operator, lifted_on = p_host,
            lift_reason = format('%s; asked by %s on %s', v_request.reason, v_request.operator, v_request.host)
        where server = p_server and epoch = any(v_request.epochs) and lifted_at is null;
    if not found then
        return jsonb_build_object('refused', 'the halt was lifted already');
    end if;
    update pbtui.rearm_request
        set ended_at = v_now, ending = 'confirmed', confirmed_by = p_operator, confirmed_on = p_host,
            confirmed_as = session_user
        where id = p_id returning * into v_request;
    perform pg_notify('pbtui_halt', md5(p_server));
    return jsonb_build_object('request', to_jsonb(v_request));
end
$$;

-- The verdict of the kill of a halt, as its desk has it: who lifts the halt must know whether there is one.
alter table pbtui.halt add column verdict text not null default '', add column verdict_at timestamptz;

create function pbtui.note_verdict(p_server text, p_token text, p_verdict text) returns void
    language plpgsql security definer set search_path = pg_catalog
    as $$
begin
    update pbtui.halt set verdict = left(p_verdict, 40), verdict_at = clock_timestamp()
        where server = p_server and token = p_token;
    perform pg_notify('pbtui_halt', md5(p_server));
end
$$;

-- Halts stay: one that is gone would look like a re-arm. Also the owner is stopped, who can still lift one by hand.
create function pbtui.refuse_removal() returns trigger
    language plpgsql set search_path = pg_catalog
    as $$
begin
    raise exception 'the rows of pbtui.% stay: a halt that is gone would look like a re-arm', tg_table_name;
end
$$;
create trigger halts_stay before delete or truncate on pbtui.halt execute function pbtui.refuse_removal();
create trigger epochs_stay before delete or truncate on pbtui.account execute function pbtui.refuse_removal();

-- The times in which a host was cut loose: it sent without the store. Each is reported once, when the store is back.
create table pbtui.lone (
    id bigint generated always as identity primary key,
    server text not null references pbtui.account,
    token text not null, -- chosen by the host
    portfolios text[] not null, -- empty: all
    operator text not null, -- who cut it loose
    host text not null,
    profile text not null,
    reason text not null,
    began_at timestamptz not null, -- by the clock of the host
    ended_at timestamptz not null,
    sends integer not null,
    unique (server, token)
);

-- p_sends is a list of {"call", "token", "ending"}. Those that can still land are registered as if now, and before any
-- halt: so a kill of another desk waits for them.
create function pbtui.report_lone(
    p_server text, p_portfolios text[], p_operator text, p_host text, p_profile text, p_desk text, p_token text,
    p_reason text, p_began_at timestamptz, p_sends jsonb
) returns jsonb
    language plpgsql security definer set search_path = pg_catalog
    as $$
declare
    v_now timestamptz;
    v_lone pbtui.lone;
begin
    perform pbtui.require_read_committed();
    insert into pbtui.account (server) values (p_server) on conflict do nothing;
    perform from pbtui.account where server = p_server for no key update;
    v_now := clock_timestamp();
    select * into v_lone from pbtui.lone where server = p_server and token = p_token;
    if found then
        return to_jsonb(v_lone);
    end if;
    insert into pbtui.lone
        (server, token, portfolios, operator, host, profile, reason, began_at, ended_at, sends)
        values (
            p_server, p_token, p_portfolios, p_operator, p_host, p_profile, p_reason, p_began_at, v_now,
            jsonb_array_length(p_sends)
        ) returning * into v_lone;
    insert into pbtui.send
        (server, epoch, portfolios, operator, host, profile, desk, call, token, registered_at, ended_at, ending)
        select p_server, 0, p_portfolios, p_operator, p_host, p_profile, p_desk, s ->> 'call', s ->> 'token', v_now,
            case s ->> 'ending' when '' then null else v_now end, s ->> 'ending'
        from jsonb_array_elements(p_sends) s where s ->> 'ending' in ('', 'lost');
    perform pg_notify('pbtui_halt', md5(p_server));
    return to_jsonb(v_lone);
end
$$;

-- The reports of the last twelve hours that concern these portfolios, the oldest first.
create function pbtui.lone_reports(p_server text, p_portfolios text[]) returns jsonb
    language sql stable security definer set search_path = pg_catalog
    as $$
    select coalesce(jsonb_agg(to_jsonb(l) order by l.id), '[]') from pbtui.lone l
        where l.server = p_server and l.ended_at > clock_timestamp() - interval '12 hours'
            and pbtui.overlap(l.portfolios, p_portfolios)
$$;

revoke all on pbtui.lone from public;
revoke all on function pbtui.report_lone, pbtui.lone_reports from public;
grant select on pbtui.lone to pbtui_desk;
grant execute on function pbtui.report_lone, pbtui.lone_reports to pbtui_desk;
revoke all on pbtui.rearm_rule, pbtui.rearm_request from public;
revoke all on function pbtui.note_verdict, pbtui.require_two_persons, pbtui.needs_two_persons, pbtui.rearm_requests,
    pbtui.lift_halt, pbtui.ask_rearm, pbtui.withdraw_rearm, pbtui.confirm_rearm, pbtui.refuse_removal from public;
grant select on pbtui.rearm_rule, pbtui.rearm_request to pbtui_desk;
grant execute on function pbtui.note_verdict, pbtui.require_two_persons, pbtui.needs_two_persons, pbtui.rearm_requests,
    pbtui.lift_halt, pbtui.ask_rearm, pbtui.withdraw_rearm, pbtui.confirm_rearm to pbtui_desk;
