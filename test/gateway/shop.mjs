// What the tests see of the shop: its gateway as a process, browsers that talk to it, the payment
// provider, and the database behind it, by the settings of `dev/cluster env`.
import { execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { signJwt, signMessage } from './identity.mjs';

const here = (file) => new URL(file, import.meta.url);

// Connections that break are part of a test.
async function connect(database, user = 'postgres') {
    const client = new pg.Client({ database, user });
    client.on('error', () => {});
    await client.connect();
    return client;
}

export class Shop {
    database = `shop_${process.pid}`;
    jwtKey = randomBytes(32).toString('hex');
    paymentKey = randomBytes(32).toString('hex');

    async open() {
        const client = await connect('postgres');
        await client.query(`CREATE DATABASE ${this.database}`);
        await client.end();
        await this.query(await readFile(here('shop.sql'), 'utf8'));
        await this.startGateway();
    }

    async close() {
        await this.killGateway();
    }

    async startGateway() {
        const secrets = { JWT_KEY: this.jwtKey, PAYMENT_KEY: this.paymentKey };
        this.process = spawn(process.execPath, [fileURLToPath(here('server.mjs'))], {
            env: { ...process.env, PGDATABASE: this.database, ...secrets },
            stdio: ['ignore', 'pipe', 'inherit'],
        });
        const [line] = await Promise.race([
            once(this.process.stdout, 'data'),
            once(this.process, 'exit').then(() => Promise.reject(new Error('the gateway ended'))),
        ]);
        this.url = line.toString().trim();
    }

    async killGateway() {
        if (this.process.exitCode !== null || this.process.signalCode !== null) return;
        const ended = once(this.process, 'exit');
        this.process.kill('SIGKILL');
        await ended;
    }

    // Kills the database server with all its processes, and starts it again on its data.
    async crashDatabase() {
        const { CLUSTER, CLUSTER_NAME } = process.env; // dev/cluster, and which one
        await promisify(execFile)(CLUSTER, ['--name', CLUSTER_NAME, 'crash']);
    }

    // As somebody at the database itself.
    async query(text, values, user) {
        const client = await connect(this.database, user);
        try {
            return await client.query(text, values);
        } finally {
            await client.end();
        }
    }

    async setPrice(sku, price) {
        await this.query('UPDATE shop.products SET price = $2 WHERE sku = $1', [sku, price]);
    }

    jwt(sub, claims = {}) {
        return signJwt({ sub, exp: Date.now() / 1000 + 3600, ...claims }, this.jwtKey);
    }

    // The payment provider's message; the answer's status and body.
    async paid(cartId, orderRef, key = this.paymentKey) {
        const body = JSON.stringify({ cart_id: cartId, order_ref: orderRef });
        const headers = { 'Content-Type': 'application/json', 'X-Signature': signMessage(body, key) };
        const response = await fetch(`${this.url}/payments`, { method: 'POST', headers, body });
        return { status: response.status, ...(await response.json()) };
    }
}

// What the gateway answered where it did not answer with data.
export class ShopError extends Error {
    constructor(status, { message, code, detail } = {}) {
        super(`${status} ${code ?? ''} ${message ?? ''}`);
        Object.assign(this, { status, code, detail });
    }
}

// One browser: its cookies, and the login of whoever sits before it.
export class Browser {
    cookies = new Map();
    received = ''; // all bodies that it got, as scripts of the page can read them
    tries = 0;

    constructor(shop, user) {
        this.shop = shop;
        if (user) this.logIn(user);
    }

    logIn(user) {
        this.authorization = `Bearer ${this.shop.jwt(user)}`;
    }

    logOut() {
        this.authorization = undefined;
    }

    get token() {
        return this.cookies.get('__Host-cart');
    }

    headers() {
        const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
        return {
            'Content-Type': 'application/json',
            ...(cookie && { Cookie: cookie }),
            ...(this.authorization && { Authorization: this.authorization }),
        };
    }

    async send(query, variables, headers = {}) {
        const response = await fetch(`${this.shop.url}/graphql`, {
            method: 'POST',
            headers: { ...this.headers(), ...headers },
            body: JSON.stringify({ query, variables }),
        });
        for (const line of response.headers.getSetCookie()) {
            this.setCookie = line;
            const [, name, value] = /^([^=]*)=([^;]*)/.exec(line);
            this.cookies.set(name, value);
        }
        const text = await response.text();
        this.received += text;
        const { data, errors } = JSON.parse(text);
        if (errors || response.status !== 200) throw new ShopError(response.status, errors?.[0]);
        return data;
    }

    // Sends all but the last byte; end() sends that, and gives the answer.
    sendSlowly(query) {
        const body = JSON.stringify({ query });
        const headers = { ...this.headers(), 'Content-Length': body.length };
        const sent = request(`${this.shop.url}/graphql`, { method: 'POST', headers });
        sent.write(body.slice(0, -1));
        const end = async () => {
            sent.end(body.slice(-1));
            const [response] = await once(sent, 'response');
            return (await json(response)).data;
        };
        return { end };
    }

    // A function that writes, as a mutation: call('cartAdd', { item: … }).
    async call(name, input = {}) {
        const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
        const data = await this.send(
            `mutation ($input: ${type}!) { ${name}(input: $input) { json } }`,
            { input },
        );
        return data[name].json;
    }

    // The cart, by the arguments of cart_get: strings, all of them.
    async cart(args = {}) {
        const list = Object.entries(args).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
        return (await this.send(`{ cartGet${list.length ? `(${list})` : ''} }`)).cartGet;
    }

    // A click: the key is one for each, and so sending it again counts nothing again.
    add(sku, quantity, idempotencyKey = randomUUID(), more = {}) {
        return this.call('cartAdd', { item: { product_id: sku }, quantity, idempotencyKey, ...more });
    }

    // Tries again while it is answered by nobody, or with 503; for a minute at most.
    async insist(call) {
        const end = Date.now() + 60_000;
        for (;;) {
            try {
                return await call(this);
            } catch (error) {
                const mayPass = !(error instanceof ShopError) || error.status === 503;
                if (!mayPass || Date.now() > end) throw error;
                this.tries += 1;
                await sleep(20);
            }
        }
    }
}

// What a page shows of a cart.
export const lines = (cart) =>
    Object.fromEntries(cart.items.map((item) => [item.product_id, item.quantity]));
export const total = (cart) => cart.totals.total;
