// Who calls: a user by a JWT, a guest by a secret in a cookie, the payment provider by a signature.
import { createHmac, timingSafeEqual } from 'node:crypto';

export class Refused extends Error {
    status = 401;
}

const hmac = (text, key) => createHmac('sha256', key).update(text).digest();
const same = (a, b) => a.length === b.length && timingSafeEqual(a, b);
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function decode(part) {
    try {
        return JSON.parse(Buffer.from(part, 'base64url').toString());
    } catch {
        throw new Refused('not a JWT');
    }
}

// What the shop's login gives out.
export function signJwt(claims, key, header = { alg: 'HS256', typ: 'JWT' }) {
    const text = `${encode(header)}.${encode(claims)}`;
    return `${text}.${hmac(text, key).toString('base64url')}`;
}

// The claims of a JWT that is signed with our key and has not expired. The algorithm is ours to
// say, not the token's.
export function verifyJwt(token, key, now = Date.now() / 1000) {
    const [header, body, signature, more] = token.split('.');
    if (!signature || more !== undefined) throw new Refused('not a JWT');
    if (decode(header)?.alg !== 'HS256') throw new Refused('another algorithm than ours');
    if (!same(hmac(`${header}.${body}`, key), Buffer.from(signature, 'base64url'))) {
        throw new Refused('not signed by us');
    }
    const claims = decode(body);
    if (typeof claims?.exp !== 'number' || claims.exp <= now) throw new Refused('expired');
    if (typeof claims.sub !== 'string' || !claims.sub) throw new Refused('nobody is named');
    return claims;
}

// With __Host- no other site of our domain can plant a token of its own.
const cookie = '__Host-cart';
const ninetyDays = 90 * 24 * 60 * 60;

export function guestCookie(token) {
    return `${cookie}=${token}; Path=/; Max-Age=${ninetyDays}; HttpOnly; Secure; SameSite=Lax`;
}

// The token in a Cookie header; undefined where there is none that could be one of ours.
export function guestToken(header = '') {
    const found = header.split(/; */).find((pair) => pair.startsWith(`${cookie}=`));
    const token = found?.slice(cookie.length + 1);
    return /^[\w-]{43}$/.test(token ?? '') ? token : undefined;
}

export const signMessage = (text, key) => hmac(text, key).toString('hex');

export function verifyMessage(text, signature = '', key) {
    if (!same(hmac(text, key), Buffer.from(signature, 'hex'))) throw new Refused('not signed');
}
