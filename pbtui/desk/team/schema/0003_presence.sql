-- Who is there: the desks that are open, each with a lease of 15 s. A desk renews its lease, and leaves when it is closed.
--
-- Presence informs and locks nothing. So it is unlogged, and no function fails or waits because of it: `appear` says false,
-- and `team_now` has no desks.

create unlogged table pbtui.presence (
    desk text primary key,
    server text not null,
    portfolios text[] not null, -- empty: all
    operator text not null,
    host text not null,
    profile text not null,
    is_trading boolean not null, -- false: read-only
    orders text[] not null, -- the keys of orders that are open in a form, 200 of them at most
    order_count integer not null, -- of all of them
    results jsonb not null, -- what the desk did last, as the desk writes it
    since timestamptz not null,
    seen_at timestamptz not null
);

-- Begins or renews the lease of a desk, and takes out those that have ended.
create function pbtui.appear(
    p_server text, p_portfolios text[], p_operator text, p_host text, p_profile text, p_desk text,
    p_is_trading boolean, p_orders text[], p_order_count integer, p_results jsonb
) returns boolean
    language plpgsql security definer set search_path = pg_catalog set lock_timeout = '50ms'
    as $$
begin
    if cardinality(p_orders) > 1000 or octet_length(p_results::text) > 20000 then
        return false; -- all desks read it each second
    end if;
    delete from pbtui.presence where desk in (
        select desk from pbtui.presence where seen_at < clock_timestamp() - interval '15 seconds'
            for update skip locked
    );
    insert into pbtui.presence as known values (
        left(p_desk, 100), p_server, p_portfolios, left(p_operator, 100), left(p_host, 100), left(p_profile, 100),
        p_is_trading, p_orders, p_order_count, p_results, clock_timestamp(), clock_timestamp()
    ) on conflict (desk) do update
        set is_trading = excluded.is_trading, orders = excluded.orders, order_count = excluded.order_count,
            results = excluded.results, seen_at = excluded.seen_at;
    return true;
exception when others then
    return false;
end
$$;

create function pbtui.leave(p_desk text) returns boolean
    language plpgsql security definer set search_path = pg_catalog set lock_timeout = '50ms'
    as $$
begin
    delete from pbtui.presence where desk = left(p_desk, 100);
    return true;
exception when others then
    return false;
end
$$;

-- The desks that are open now and share orders with these portfolios, without this desk.
create function pbtui.desks_of(p_server text, p_portfolios text[], p_desk text) returns jsonb
    language sql stable security definer set search_path = pg_catalog set lock_timeout = '50ms'
    as $$
    select coalesce(jsonb_agg(to_jsonb(p) order by p.since, p.desk), '[]') from pbtui.presence p
        where p.server = p_server and p.desk <> left(p_desk, 100) and pbtui.overlap(p.portfolios, p_portfolios)
            and p.seen_at > clock_timestamp() - interval '15 seconds'
$$;

-- What a desk asks each second: {"halts": that hold, "lifted": those of p_known that were lifted, "desks": or null}.
create function pbtui.team_now(p_server text, p_portfolios text[], p_desk text, p_known bigint[]) returns jsonb
    language plpgsql stable security definer set search_path = pg_catalog
    as $$
declare
    v_desks jsonb;
begin
    begin
        v_desks := pbtui.desks_of(p_server, p_portfolios, p_desk);
    exception when others then
        v_desks := null; -- not known
    end;
    return jsonb_build_object(
        'halts', pbtui.halts_of(p_server, p_portfolios),
        'lifted', (
            select coalesce(jsonb_agg(to_jsonb(h) order by h.epoch), '[]') from pbtui.halt h
                where h.server = p_server and h.epoch = any(p_known) and h.lifted_at is not null
        ),
        'desks', v_desks
    );
end
$$;

revoke all on pbtui.presence from public;
revoke all on function pbtui.appear, pbtui.leave, pbtui.desks_of, pbtui.team_now from public;
grant select on pbtui.presence to pbtui_desk;
grant execute on function pbtui.appear, pbtui.leave, pbtui.desks_of, pbtui.team_now to pbtui_desk;
