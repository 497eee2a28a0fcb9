// The seven acceptance tests of a web shop, through its gateway: two users and a guest in browsers
// that speak HTTP, PostGraphile, and the database. Each test has users of its own.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signJwt } from './identity.mjs';
import { Browser, Shop, ShopError, lines, total } from './shop.mjs';

const shop = new Shop();
before(() => shop.open());
after(() => shop.close());

let people = 0;
const newUser = (name) => `${name}-${(people += 1)}`;
const newGuest = () => new Browser(shop);
const times = (n, call) => Promise.all(Array.from({ length: n }, (_, i) => call(i)));
const refused = (status, code) => (error) => {
    assert(error instanceof ShopError, error);
    assert.deepEqual([error.status, error.code], [status, code], error.message);
    return true;
};
const options = { timeout: 300_000 };

test('persist after logout and login', options, async () => {
    const anna = newUser('anna');
    const browser = new Browser(shop, anna);
    await browser.add('mug', 2);
    const before = await browser.add('tea', 3);

    browser.logOut();
    assert.equal(await browser.cart(), null, 'logged out, the browser has no cart');
    assert(browser.token, 'but a guest token');
    await browser.add('mug', 1); // as a guest, who does not log in with it

    browser.logIn(anna);
    const again = await browser.cart();
    assert.equal(again.cart_id, before.cart_id, 'it is the same cart');
    assert.equal(again.etag, before.etag, 'and nobody changed it');
    assert.deepEqual(lines(again), { mug: 2, tea: 3 });
    assert.equal(total(again), 32.4);
});

test('cross-device reload', options, async () => {
    const anna = newUser('anna');
    const laptop = new Browser(shop, anna);
    const phone = new Browser(shop, anna);
    const made = await laptop.add('mug', 2);

    const seen = await phone.cart();
    assert.equal(seen.cart_id, made.cart_id);
    assert.deepEqual(lines(seen), { mug: 2 });
    const same = await phone.cart({ ifNoneMatch: seen.etag });
    assert.deepEqual(same, { unchanged: true, etag: seen.etag }, 'a reload of what is there');

    const itemKey = seen.items[0].item_key;
    await laptop.call('cartUpdate', { itemKey, quantity: 1 });
    await assert.rejects(
        phone.call('cartUpdate', { itemKey, quantity: 5, ifMatch: seen.etag }),
        refused(412, 'KC002'),
        'the phone has not seen what the laptop did',
    );
    const reloaded = await phone.cart({ ifNoneMatch: seen.etag });
    assert.deepEqual(lines(reloaded), { mug: 1 }, 'it has now');
    await phone.call('cartUpdate', { itemKey, quantity: 5, ifMatch: reloaded.etag });
    assert.deepEqual(lines(await laptop.cart()), { mug: 5 });
});

test('guest merge', options, async () => {
    const anna = newUser('anna');
    await new Browser(shop, anna).add('tea', 3);
    await new Browser(shop, anna).add('mug', 1);

    const browser = newGuest();
    assert.equal(await browser.cart(), null);
    const attributes = browser.setCookie.split('; ').slice(1).map((text) => text.toLowerCase());
    for (const attribute of ['httponly', 'secure', 'samesite=lax', 'path=/']) {
        assert(attributes.includes(attribute), `the cookie is ${attribute}`);
    }
    assert.match(browser.token, /^[\w-]{43}$/);
    await browser.add('mug', 2);

    browser.logIn(anna);
    const { merge, cart } = await browser.call('cartMerge');
    assert.equal(merge.merged, true);
    assert.equal(merge.repeated, false);
    assert.deepEqual(lines(cart), { tea: 3, mug: 3 }, 'quantities are summed');
    assert.equal(total(cart), 42.3);
    const again = await browser.call('cartMerge');
    assert.equal(again.merge.repeated, true);
    assert.deepEqual(lines(again.cart), { tea: 3, mug: 3 }, 'once');
    assert.equal(again.cart.etag, cart.etag);

    // Who has no cart yet gets the guest's.
    const other = newGuest();
    const guests = await other.add('mug', 4);
    other.logIn(newUser('ben'));
    assert.equal((await other.call('cartMerge')).cart.cart_id, guests.cart_id);
    other.logOut();
    assert.equal(await other.cart(), null, 'and the guest has none any more');

    // The secret is in the cookie and nowhere else.
    assert(!browser.received.includes(browser.token), 'no page was told the token');
    const kept = await shop.query(
        `SELECT count(*) FILTER (WHERE session_hash = $1) AS hashes,
                count(*) FILTER (WHERE c::text LIKE '%' || $2 || '%') AS tokens FROM cart.carts AS c`,
        [createHash('sha256').update(browser.token).digest(), browser.token],
    );
    assert.deepEqual(kept.rows[0], { hashes: '1', tokens: '0' }, 'the database has its hash');
});

test('draft-order recovery', options, async () => {
    const ben = newUser('ben');
    const browser = new Browser(shop, ben);
    const checkout = (expectedTotal, idempotencyKey, orderRef) =>
        browser.call('cartCheckout', { expectedTotal: String(expectedTotal), orderRef, idempotencyKey });
    const order = `${ben}-order`;
    await browser.add('mug', 1);

    // The price has risen since the page was made.
    await shop.setPrice('mug', 10.9);
    try {
        await assert.rejects(checkout(9.9, 'buy 1', order), refused(409, 'KC013'));
        assert.equal(total(await browser.call('cartReprice')), 10.9);
        const draft = await checkout(10.9, 'buy 2', order);
        assert.equal(draft.status, 'checkout');
        await shop.setPrice('mug', 12);

        // The page is lost. The draft is found again, at its price, and the same request gets it.
        const reopened = new Browser(shop, ben);
        const found = await reopened.cart({ cartId: draft.cart_id });
        assert.deepEqual([found.status, total(found)], ['checkout', 10.9]);
        const repeated = await checkout(10.9, 'buy 2', order);
        assert.deepEqual([repeated.cart_id, repeated.replayed], [draft.cart_id, true]);

        // The payment fails: the draft is the cart again, with what was put in meanwhile.
        await reopened.add('tea', 1);
        const back = await reopened.call('cartCheckoutCancel', { cartId: draft.cart_id });
        assert.deepEqual([back.cart_id, back.status], [draft.cart_id, 'active']);
        assert.deepEqual(lines(back), { mug: 1, tea: 1 });

        // Another try, and the browser is closed before the provider's message comes, which it sends twice.
        const expected = total(await browser.call('cartReprice'));
        assert.equal(expected, 16.2);
        await checkout(expected, 'buy 3');
        assert.equal((await shop.paid(draft.cart_id, order, 'another key')).status, 401);
        for (let message = 0; message < 2; message += 1) {
            const answer = await shop.paid(draft.cart_id, order);
            assert.deepEqual([answer.status, answer.order_ref], ['ordered', order]);
        }
        assert.equal(await browser.cart(), null, 'what was ordered is no cart any more');
        const ordered = await browser.cart({ cartId: draft.cart_id });
        assert.deepEqual([ordered.status, total(ordered)], ['ordered', 16.2]);

        // The payment is late: given up, and paid after all.
        await browser.add('tea', 2);
        const late = await checkout(8.4, 'buy 4', `${order}-late`);
        await browser.call('cartCheckoutCancel', { cartId: late.cart_id });
        assert.equal((await shop.paid(late.cart_id)).status, 'ordered');

        // Paid after it has become something else, it has to go back.
        await browser.add('tea', 1);
        const changed = await checkout(4.2, 'buy 5', `${order}-changed`);
        await browser.call('cartCheckoutCancel', { cartId: changed.cart_id });
        await browser.add('tea', 1);
        assert.equal((await shop.paid(changed.cart_id)).status, 409);
    } finally {
        await shop.setPrice('mug', 9.9);
    }
});

test('race and idempotency', options, async () => {
    // Tabs of one guest, who has no cart yet.
    const browser = newGuest();
    await browser.cart();
    const token = browser.token;
    const carts = await times(8, () => browser.add('mug', 1));
    assert.equal(new Set(carts.map((cart) => cart.cart_id)).size, 1, 'first clicks make one cart');
    assert.deepEqual(lines(await browser.cart()), { mug: 8 });

    // One click that is sent eight times.
    const answers = await times(8, () => browser.add('tea', 1, 'one click'));
    assert.deepEqual(lines(await browser.cart()), { mug: 8, tea: 1 });
    assert.equal(answers.filter((answer) => answer.replayed).length, 7);
    await assert.rejects(browser.add('tea', 2, 'one click'), refused(422, 'KC003'));

    // A login that is sent six times, while another device adds, and the click is sent yet again.
    const anna = newUser('anna');
    const phone = new Browser(shop, anna);
    await phone.add('tea', 1);
    browser.logIn(anna);
    const [merges] = await Promise.all([
        times(6, () => browser.call('cartMerge')),
        times(10, () => phone.add('tea', 1)),
    ]);
    assert.equal(merges.filter(({ merge }) => merge.merged && !merge.repeated).length, 1);
    const repeated = await browser.add('tea', 1, 'one click');
    assert.equal(repeated.replayed, true, "the guest's click is known after the login");
    assert.deepEqual(lines(await phone.cart()), { mug: 8, tea: 12 });
    assert.equal(browser.token, token);

    // Who changes by an etag: one of eight.
    const { etag, items } = await phone.cart();
    const updates = await Promise.allSettled(
        Array.from({ length: 8 }, (_, i) =>
            phone.call('cartUpdate', { itemKey: items[0].item_key, quantity: i + 1, ifMatch: etag }),
        ),
    );
    const lost = updates.filter((update) => update.status === 'rejected');
    assert.equal(lost.length, 7);
    lost.forEach(({ reason }) => refused(412, 'KC002')(reason));

    // *Buy* in four tabs, and again in one; then the provider's message four times.
    const keys = ['tab 1', 'tab 2', 'tab 3', 'tab 4'];
    const buys = await Promise.allSettled(
        keys.map((idempotencyKey) => phone.call('cartCheckout', { idempotencyKey })),
    );
    const bought = buys.findIndex((buy) => buy.status === 'fulfilled');
    assert.equal(buys.filter((buy) => buy.status === 'fulfilled').length, 1, 'one draft');
    const draft = buys[bought].value;
    const once = await times(3, () => phone.call('cartCheckout', { idempotencyKey: keys[bought] }));
    once.forEach((again) => assert.equal(again.cart_id, draft.cart_id));
    const orders = await times(4, (i) => shop.paid(draft.cart_id, `${anna}-order-${i}`));
    assert.deepEqual(new Set(orders.map((order) => order.status)), new Set(['ordered']));
    assert.equal(new Set(orders.map((order) => order.order_ref)).size, 1, 'one number');
});

test('authorization', options, async () => {
    const anna = newUser('anna');
    const ben = newUser('ben');
    const annas = await new Browser(shop, anna).add('mug', 2);
    const browser = new Browser(shop, ben);
    const guest = newGuest();
    const itemKey = annas.items[0].item_key;
    await browser.add('tea', 1);
    await guest.add('tea', 2);

    // Naming somebody else.
    for (const eve of [browser, guest]) {
        await assert.rejects(eve.cart({ userId: anna }), refused(403, '42501'));
        await assert.rejects(eve.add('tea', 1, 'x', { userId: anna }), refused(403, '42501'));
        await assert.rejects(eve.call('cartMerge', { userId: anna }), refused(403, '42501'));
        await assert.rejects(eve.add('tea', 1, 'x', { sessionToken: 'short' }), refused(403, '42501'));
    }
    await assert.rejects(browser.cart({ tenantId: 'elsewhere' }), refused(403, '42501'));
    // Naming a cart: the same answer as for one that is nobody's.
    const attempts = [
        (eve, cartId) => eve.cart({ cartId }),
        (eve, cartId) => eve.call('cartCheckoutCancel', { cartId }),
        (eve, cartId) => eve.call('cartRestore', { cartId }),
        (eve, cartId) => eve.call('cartHold', { cartId }),
        (eve, cartId) => eve.call('cartResume', { cartId }),
    ];
    const said = ({ status, reason, value }) =>
        status === 'rejected' ? `${reason.status} ${reason.code} ${reason.message}` : `${value}`;
    for (const attempt of attempts) {
        for (const eve of [browser, guest]) {
            const [theirs, nobodys] = await Promise.allSettled([
                attempt(eve, annas.cart_id),
                attempt(eve, randomUUID()),
            ]);
            assert.equal(said(theirs), said(nobodys), `${attempt}`);
            assert.match(said(theirs), /^(null|40[34] )/, `${attempt}`);
        }
    }
    // Another's lines are no lines of one's own.
    await assert.rejects(browser.call('cartUpdate', { itemKey, quantity: 9 }), refused(404, 'KC014'));

    // Logins that are none.
    const hour = Date.now() / 1000 + 3600;
    const [header, body, signature] = shop.jwt(ben).split('.');
    const claims = (object) => Buffer.from(JSON.stringify(object)).toString('base64url');
    const tokens = {
        'signed by another': signJwt({ sub: anna, exp: hour }, 'another key'),
        'unsigned': `${claims({ alg: 'none' })}.${claims({ sub: anna, exp: hour })}.`,
        'unsigned, with a signature': signJwt({ sub: anna, exp: hour }, shop.jwtKey, { alg: 'none' }),
        'expired': shop.jwt(anna, { exp: hour - 7200 }),
        'without an end': shop.jwt(anna, { exp: undefined }),
        'of nobody': shop.jwt(''),
        'changed': `${header}.${claims({ sub: anna, exp: hour })}.${signature}`,
        'cut off': `${header}.${body}.`,
        'words': 'anna',
        'nothing': '',
    };
    for (const [kind, token] of Object.entries(tokens)) {
        const eve = new Browser(shop);
        eve.authorization = `Bearer ${token}`;
        await assert.rejects(eve.cart(), refused(401, undefined), kind);
    }
    // One that would like to be a database role, or an application.
    const eve = new Browser(shop);
    eve.authorization = `Bearer ${shop.jwt(ben, { role: 'shop_payments', is_admin: true })}`;
    await assert.rejects(eve.cart({ userId: anna }), refused(403, '42501'));
    assert.deepEqual(lines(await eve.cart()), { tea: 1 }, 'is who it is, and no more');

    // A made-up cookie is not taken up, and a token opens the guest's cart to its holder only.
    const fixed = newGuest();
    fixed.cookies.set('__Host-cart', 'guess');
    assert.equal(await fixed.cart(), null);
    assert.notEqual(fixed.token, 'guess');
    // No form on a page of others' posts for them.
    await assert.rejects(
        browser.send('{ cartGet }', {}, { 'Content-Type': 'text/plain' }),
        refused(415, undefined),
    );

    // What an application may is not shown, cannot be called, and is refused by the database, too.
    const { __schema: schema } = await browser.send(
        '{ __schema { queryType { fields { name } } mutationType { fields { name } } } }',
    );
    const fields = [...schema.queryType.fields, ...schema.mutationType.fields];
    const shown = new Set(fields.map(({ name }) => name));
    assert(shown.has('cartAdd') && shown.has('cartGet'));
    const theirs = [
        ...['cart_checkout_complete', 'cart_set_discount', 'cart_unmerge', 'cart_link_create'],
        ...['cart_export', 'cart_forget', 'cart_configure', 'cart_sweep', 'cart_reconcile_all'],
        ...['cart_setup', 'cart_grant', 'cart_revoke', 'cart_application'],
    ];
    for (const name of theirs) {
        const field = name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
        assert(!shown.has(field), `${field} is not shown`);
        await assert.rejects(browser.call(field), refused(400, undefined), field);
    }
    const denied = await shop.query(
        `SELECT string_agg(proname, ' ') AS names FROM pg_proc
         WHERE pronamespace = 'shop_api'::regnamespace AND proname = ANY($1)
               AND (has_function_privilege('shopper', oid, 'EXECUTE')
                    OR has_function_privilege('shop_gateway', oid, 'EXECUTE'))`,
        [theirs],
    );
    assert.equal(denied.rows[0].names, null);

    // Prices are the catalogue's, whatever the browser says.
    const discount = { type: 'percent', value: 100 };
    const item = { product_id: 'mug', unit_price: 0.01, tax_rate: 0, discount };
    const bought = await browser.call('cartAdd', { item });
    assert.equal(total(bought), 14.1);
    assert.equal(total(await browser.call('cartUpdate', { itemKey, changes: item })), 14.1);
    const operations = [{ op: 'discount', discount }];
    await assert.rejects(browser.call('cartApply', { operations }), refused(403, '42501'));

    const three = [new Browser(shop, anna), browser, guest];
    const mine = [{ mug: 2 }, { tea: 1, mug: 1 }, { tea: 2 }];
    // Requests cross: one has told who it is and is slow to tell what it wants.
    const slow = browser.sendSlowly('{ cartGet }');
    await sleep(100);
    assert.deepEqual(lines(await guest.cart()), mine[2]);
    assert.deepEqual(lines((await slow.end()).cartGet), mine[1]);
    // Connections are shared, and nobody is taken for whoever had one before.
    await times(60, async (i) => assert.deepEqual(lines(await three[i % 3].cart()), mine[i % 3]));
    await times(30, async () => assert.equal(await newGuest().cart(), null));
    assert.equal((await new Browser(shop, anna).cart()).etag, annas.etag, 'nothing of that changed hers');
});

test('resilience', options, async () => {
    const anna = newUser('anna');
    const devices = [new Browser(shop, anna), new Browser(shop, anna)];
    const guest = newGuest();
    const guests = await guest.add('mug', 3);
    const ben = new Browser(shop, newUser('ben'));
    await ben.add('mug', 1);
    const draft = await ben.call('cartCheckout', { expectedTotal: '9.9', orderRef: 'resilience' });

    // Both devices click, each click until it is answered, while what they talk to breaks down.
    let clicks = 0;
    let over = false;
    const untilOver = (work) => work().finally(() => (over = true));
    const click = async (device) => {
        while (!over) {
            const key = randomUUID();
            await device.insist(() => device.add('tea', 1, key));
            clicks += 1;
        }
    };
    const severalClicks = async () => {
        const wanted = clicks + 10;
        while (!over && clicks < wanted) await sleep(10);
    };
    const breakDown = async () => {
        await severalClicks();
        await shop.crashDatabase();
        await severalClicks();
        await shop.killGateway();
        await assert.rejects(shop.paid(draft.cart_id), 'a payment is told to nobody');
        await shop.startGateway();
        await severalClicks();
    };
    await Promise.all([
        ...devices.map((device) => untilOver(() => click(device))),
        untilOver(breakDown),
    ]);

    assert(devices.some((device) => device.tries > 0), 'somebody had to try again');
    assert.deepEqual(lines(await devices[0].cart()), { tea: clicks }, 'each click counts once');
    assert.equal((await guest.cart()).etag, guests.etag, "the guest's cart is as it was");
    assert.equal((await ben.cart({ cartId: draft.cart_id })).status, 'checkout');
    assert.equal((await shop.paid(draft.cart_id)).status, 'ordered', 'the provider sends it again');
});
