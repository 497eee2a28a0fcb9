// A web shop's gateway: PostGraphile 4 in front of cart_ext's functions.
//
//   POST /graphql     the shop's pages: Authorization: Bearer JWT, or a guest's cookie
//   POST /payments    the payment provider's messages, signed
//
// The gateway finds out who calls; what they may do, the database decides: for /graphql its role is
// only ever a shopper. It keeps nothing, so any number of them may run, and be restarted.
//
// PGHOST, PGPORT, PGDATABASE say where the database is, JWT_KEY and PAYMENT_KEY are the secrets,
// PORT is the port on this host (0: any). In front of it belongs what speaks TLS.
import { createServer } from 'node:http';
import pg from 'pg';
import { postgraphile } from 'postgraphile';
import { guestCookie, guestToken, verifyJwt, verifyMessage } from './identity.mjs';

const { JWT_KEY, PAYMENT_KEY, PORT = '0' } = process.env;
if (!JWT_KEY || !PAYMENT_KEY) throw new Error('JWT_KEY and PAYMENT_KEY must be set');

function connections(user) {
    const pool = new pg.Pool({ user, max: 10, connectionTimeoutMillis: 10_000 });
    // An idle connection that breaks: the pool makes another one.
    pool.on('error', (error) => console.error(error.message));
    return pool;
}
const shoppers = connections('shop_gateway');
const payments = connections('shop_payments');

// ---- errors

const statuses = {
    KC001: 404, KC002: 412, KC003: 422, KC004: 400, KC005: 400, KC006: 409, KC007: 413, KC008: 429,
    KC009: 409, KC010: 409, KC011: 401, KC012: 503, KC013: 409, KC014: 404, KC015: 409,
    23505: 409, 42501: 403,
    40001: 503, '40P01': 503, // once more, and it may work
};

// As pg words it.
const brokenConnection = /^(Connection terminated|Client has encountered|timeout )/i;

function statusOf(error) {
    if (error.severity) {
        // Of the database. Class 22 is a value that is none; 08 and 57P, a connection that ends.
        if (/^22/.test(error.code)) return 400;
        return statuses[error.code] ?? (/^(08|57P)/.test(error.code) ? 503 : 500);
    }
    if (error.status) return error.status;
    if (error.name === 'SyntaxError') return 400; // JSON that is none
    return error.syscall || brokenConnection.test(error.message) ? 503 : 500;
}

// An error as the browser gets it: what is meant for it, and nothing of what happened within.
function problem(error) {
    // GraphQL that cannot be run has no path: nothing has been called.
    if (error.locations && !error.path) return { status: 400, message: error.message };
    const cause = error.originalError ?? error;
    const status = statusOf(cause);
    if (status >= 500) {
        console.error(status === 503 ? cause.message : cause);
        return { status, message: status === 503 ? 'try again' : 'internal error' };
    }
    const detail = cause.code?.startsWith('KC') && cause.detail ? JSON.parse(cause.detail) : undefined;
    return { status, message: cause.message, code: cause.severity && cause.code, detail };
}

function answer(res, status, body) {
    res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

// ---- the shop's pages

const callers = new WeakMap();

const graphql = postgraphile(shoppers, 'shop_api', {
    includeExtensionResources: true, // the functions are an extension's
    ignoreRBAC: false, // shows what a shopper may call, and nothing else
    dynamicJson: true, // carts as JSON, not as JSON in a string
    disableDefaultMutations: true,
    setofFunctionsContainNulls: false,
    retryOnInitFail: true,
    disableQueryLog: true,
    bodySizeLimit: '64kB',
    // For the transaction of this one request: the connection is another's next.
    pgSettings: (req) => {
        const { claims, token } = callers.get(req);
        return {
            role: 'shopper',
            'request.jwt.claims': claims ? JSON.stringify(claims) : '',
            'cart_ext.session_token': token ?? '',
        };
    },
    handleErrors: (errors, req, res) => {
        const problems = errors.map(problem);
        res.statusCode = problems[0].status;
        return problems;
    },
});

async function newToken() {
    const client = await shoppers.connect();
    let failure;
    try {
        await client.query('BEGIN; SET LOCAL ROLE shopper');
        const { rows } = await client.query('SELECT shop_api.cart_session_create() AS token');
        await client.query('COMMIT');
        return rows[0].token;
    } catch (error) {
        failure = error;
        throw error;
    } finally {
        client.release(failure); // after an error the connection is not used again
    }
}

async function shop(req, res) {
    // A form on somebody else's page can post, but not JSON.
    if (!/^application\/json\b/.test(req.headers['content-type'])) return answer(res, 415, {});
    const { authorization } = req.headers;
    const claims = authorization && verifyJwt(authorization.replace(/^Bearer +/, ''), JWT_KEY);
    let token = guestToken(req.headers.cookie);
    if (!token && !claims) {
        token = await newToken();
        res.setHeader('Set-Cookie', guestCookie(token));
    }
    callers.set(req, { claims, token });
    graphql(req, res);
}

// ---- the payment provider's messages

async function read(req, most = 65_536) {
    let text = '';
    for await (const chunk of req.setEncoding('utf8')) {
        text += chunk;
        if (text.length > most) throw Object.assign(new Error('too long'), { status: 413 });
    }
    return text;
}

// Whatever is not answered with 200 the provider sends again.
async function payment(req, res) {
    const text = await read(req);
    verifyMessage(text, req.headers['x-signature'], PAYMENT_KEY);
    const { cart_id, order_ref } = JSON.parse(text);
    const { rows } = await payments.query(
        'SELECT shop_api.cart_checkout_complete($1, $2) AS cart',
        [cart_id, order_ref],
    );
    const { status, order_ref: order } = rows[0].cart;
    answer(res, 200, { status, order_ref: order });
}

// ---- the server

const routes = { 'POST /graphql': shop, 'POST /payments': payment };

const server = createServer(async (req, res) => {
    try {
        const route = routes[`${req.method} ${req.url}`];
        if (route) await route(req, res);
        else answer(res, 404, {});
    } catch (error) {
        const found = problem(error);
        answer(res, found.status, { errors: [found] });
    }
});
server.listen(Number(PORT), '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${server.address().port}`);
});
