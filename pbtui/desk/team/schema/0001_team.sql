-- The tables and functions of the team store. A desk calls the functions and reads the tables; it changes no table.
--
-- Later files must keep the functions that older programs call.
-- Every function runs at READ COMMITTED, where each of its statements sees what was committed before that statement
-- began. So a function first locks the row of the account, then looks at the halts in a second statement. One statement
-- for both would look at the halts as they were before it waited for the lock.

do $$
begin
    -- Roles belong to the whole cluster: a DBA or another database may have made it, and this user may make none.
    if not exists (select from pg_roles where rolname = 'pbtui_desk') then
        create role pbtui_desk nologin;
    end if;
exception when duplicate_object or unique_violation then
    null; -- it was made meanwhile
end
$$;

create table pbtui.account (
    server text primary key,
    epoch bigint not null default 0 -- the number of halts so far
);

create table pbtui.halt (
    server text not null references pbtui.account,
    epoch bigint not null,
    token text not null, -- chosen by the desk that halts
    portfolios text[] not null, -- empty: all
    reason text not null,
    operator text not null,
    host text not null,
    profile text not null,
    desk text not null,
    action text not null, -- empty: no kill was fired
    halted_at timestamptz not null,
    sends_before bigint[] not null,
    lifted_at timestamptz,
    lifted_by text not null default '',
    lifted_on text not null default '',
    lift_reason text not null default '',
    primary key (server, epoch),
    unique (server, token)
);
create index halt_holds on pbtui.halt (server) where lifted_at is null;

create table pbtui.send (
    id bigint generated always as identity primary key,
    server text not null references pbtui.account,
    epoch bigint not null, -- of the newest halt before it
    portfolios text[] not null, -- empty: all
    operator text not null,
    host text not null,
    profile text not null,
    desk text not null,
    call text not null,
    token text not null,
    registered_at timestamptz not null,
    ended_at timestamptz,
    ending text not null default '' -- 'lost': it left, and no answer came
);
create index send_of_desk on pbtui.send (desk, token);
create index send_newest on pbtui.send (server, registered_at);

create function pbtui.overlap(a text[], b text[]) returns boolean
    language sql immutable strict parallel safe set search_path = pg_catalog
    as $$ select a = '{}' or b = '{}' or a && b $$;

-- The sends of an account that can still enter an order: no end is known, or no answer came. After two minutes nothing
-- lands any more, and a desk that has not recorded an end by then has failed.
create function pbtui.sends_that_may_land(p_server text) returns setof pbtui.send
    language sql stable set search_path = pg_catalog
    as $$
    select * from pbtui.send
        where server = p_server and (ended_at is null or ending = 'lost')
            and registered_at > clock_timestamp() - interval '2 minutes'
$$;

create function pbtui.require_read_committed() returns void
    language plpgsql set search_path = pg_catalog
    as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'the team store works at READ COMMITTED only, not at %', current_setting('transaction_isolation');
    end if;
end
$$;

-- {"halt": ...} if a halt refuses the send, otherwise {"id": ...}.
create function pbtui.register_send(
    p_server text, p_portfolios text[], p_operator text, p_host text, p_profile text, p_desk text, p_call text, p_token text
) returns jsonb
    language plpgsql security definer set search_path = pg_catalog
    as $$
declare
    v_epoch bigint;
    v_halt pbtui.halt;
    v_id bigint;
begin
    perform pbtui.require_read_committed();
    select epoch into v_epoch from pbtui.account where server = p_server for share;
    if not found then
        insert into pbtui.account (server) values (p_server) on conflict do nothing;
        select epoch into v_epoch from pbtui.account where server = p_server for share;
    end if;
    select * into v_halt from pbtui.halt
        where server = p_server and lifted_at is null and pbtui.overlap(portfolios, p_portfolios)
        order by epoch desc limit 1;
    if found then
        return jsonb_build_object('halt', to_jsonb(v_halt));
    end if;
    insert into pbtui.send (server, epoch, portfolios, operator, host, profile, desk, call, token, registered_at)
        values (p_server, v_epoch, p_portfolios, p_operator, p_host, p_profile, p_desk, p_call, p_token, clock_timestamp())
        returning id into v_id;
    return jsonb_build_object('id', v_id);
end
$$;

-- A desk can end its own sends only, by the token that it chose: it may not know whether the registration came about.
-- The first ending is kept.
create function pbtui.end_send(p_desk text, p_token text, p_ending text) returns void
    language sql security definer set search_path = pg_catalog
    as $$
    update pbtui.send set ended_at = clock_timestamp(), ending = p_ending
        where desk = p_desk and token = p_token and ended_at is null
$$;

-- The halt. It waits for registrations that have begun, which take milliseconds, so `sends_before` is complete. A desk
-- that got no answer asks again with the same token: that begins no second halt, also if the first was lifted since.
create function pbtui.begin_halt(
    p_server text, p_portfolios text[], p_operator text, p_host text, p_profile text, p_desk text, p_token text,
    p_reason text, p_action text
) returns jsonb
    language plpgsql security definer set search_path = pg_catalog
    as $$
declare
    v_epoch bigint;
    v_halt pbtui.halt;
begin
    perform pbtui.require_read_committed();
    insert into pbtui.account (server) values (p_server) on conflict do nothing;
    perform from pbtui.account where server = p_server for no key update;
    select * into v_halt from pbtui.halt where server = p_server and token = p_token;
    if found then
        return to_jsonb(v_halt);
    end if;
    update pbtui.account set epoch = epoch + 1 where server = p_server returning epoch into v_epoch;
    insert into pbtui.halt
        (server, epoch, token, portfolios, reason, operator, host, profile, desk, action, halted_at, sends_before)
        values (
            p_server, v_epoch, p_token, p_portfolios, p_reason, p_operator, p_host, p_profile, p_desk, p_action, clock_timestamp(),
            array(
                select id from pbtui.sends_that_may_land(p_server)
                where pbtui.overlap(portfolios, p_portfolios) order by id
            )
        ) returning * into v_halt;
    perform pg_notify('pbtui_halt', md5(p_server));
    return to_jsonb(v_halt);
end
$$;

-- The halts that hold for these portfolios, the newest first.
create function pbtui.halts_of(p_server text, p_portfolios text[]) returns jsonb
    language sql stable security definer set search_path = pg_catalog
    as $$
    select coalesce(jsonb_agg(to_jsonb(h) order by h.epoch desc), '[]') from pbtui.halt h
        where h.server = p_server and h.lifted_at is null and pbtui.overlap(h.portfolios, p_portfolios)
$$;

-- The sends that a halt must wait for: registered before it, in its scope, and able to land.
create function pbtui.sends_before(p_server text, p_epoch bigint) returns jsonb
    language sql stable security definer set search_path = pg_catalog
    as $$
    select coalesce(jsonb_agg(to_jsonb(s) order by s.id), '[]') from pbtui.sends_that_may_land(p_server) s
        join pbtui.halt h on h.server = s.server and h.epoch = p_epoch
        where s.epoch < p_epoch and pbtui.overlap(s.portfolios, h.portfolios)
$$;

revoke all on schema pbtui from public;
revoke all on all tables in schema pbtui from public;
revoke all on all functions in schema pbtui from public;
grant usage on schema pbtui to pbtui_desk;
grant select on all tables in schema pbtui to pbtui_desk;
grant execute on all functions in schema pbtui to pbtui_desk;
