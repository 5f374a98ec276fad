// Prints hashes made by packages of Node.js: Better Auth, AdonisJS, argon2 with a secret, libsodium as Magento calls it, and
// what Mongoose's plug-in for passwords makes with Node's own PBKDF2.

import * as crypto from 'node:crypto';
import { createRequire } from 'node:module';

import argon2 from 'argon2';
import { hashPassword } from 'better-auth/crypto';
import sodium from 'libsodium-wrappers-sumo';
import { Bcrypt } from '@adonisjs/hash/drivers/bcrypt';
import { Scrypt } from '@adonisjs/hash/drivers/scrypt';

const require = createRequire(import.meta.url);
const version = (name) => JSON.parse(require('fs').readFileSync(`node_modules/${name}/package.json`)).version;
const by = (name) => `made by ${name} ${version(name)}`;
const made = [];
const vector = (format, password, encoded, source, more = {}) =>
  made.push({ format, password: Buffer.from(password).toString('hex'), encoded, source, ...more });
const sha256 = (text) => crypto.createHash('sha256').update(text).digest('hex');
const md5 = (text) => crypto.createHash('md5').update(text).digest('hex');

await sodium.ready;
const PASSWORDS = ['correct horse battery staple', 'Zoë', 'Zoe\u0308', 'пароль 🔑', '\uFB01ne \u2460', ' spaces '];
for (const [number, password] of PASSWORDS.entries()) {
  vector('better-auth', password, await hashPassword(password), by('better-auth'));
  const scrypt = new Scrypt({ cost: 2 ** (10 + (number % 4)), blockSize: 8, parallelization: 1 });
  vector('scrypt', password, await scrypt.make(password), by('@adonisjs/hash'));
  vector('bcrypt', password, await new Bcrypt({ rounds: 10 }).make(password), by('@adonisjs/hash'));
  const secret = Buffer.from('pepper-secret');
  const options = { secret, memoryCost: 1024, timeCost: 2, parallelism: 1 + number };
  vector('argon2', password, await argon2.hash(password, options), by('argon2'), {
    argon2_secret: secret.toString('hex'),
  });

  const salt = `salt${number}`.repeat(7).slice(0, number === 0 ? 10 : 32);
  const sixteen = Buffer.from(salt.padEnd(16, salt)).subarray(0, 16);
  const argon = (text) =>
    Buffer.from(
      sodium.crypto_pwhash(32, text, sixteen, 2, 67108864, sodium.crypto_pwhash_ALG_ARGON2ID13),
    ).toString('hex');
  const source = `${by('libsodium-wrappers-sumo')}, as Magento's Encryptor calls it`;
  vector('magento', password, `${argon(password)}:${salt}:2`, source);
  vector('magento', password, `${argon(password)}:${salt}:3_32_2_67108864`, source);
  vector('magento', password, `${argon(sha256(salt + password))}:${salt}:1:2`, source);
  vector('magento', password, `${argon(sha256(salt + md5(salt + password)))}:${salt}:0:1:2`, source);
  const node = `made with Node.js ${process.version}`;
  vector('magento', password, `${sha256(salt + password)}:${salt}:1`, node);
  vector('magento', password, `${sha256(salt + md5(salt + password))}:${salt}:0:1`, node);
  vector('magento', password, `${md5(salt + password)}:${salt}:0`, node);
  vector('magento', password, `${md5(salt + password)}:${salt}`, node);

  const digest = (name, ...parts) => parts.reduce((hash, part) => hash.update(part), crypto.createHash(name)).digest();
  for (const name of ['sha256', 'sha384', 'sha512']) {
    vector(`ldap-${name}`, password, `{${name.toUpperCase()}}${digest(name, password).toString('base64')}`, node);
  }
  const ssha384 = Buffer.concat([digest('sha384', password, salt), Buffer.from(salt)]);
  vector('ldap-ssha384', password, `{SSHA384}${ssha384.toString('base64')}`, node);
  let state = digest('sha256', salt, password);
  for (let round = 1; round < 1000; round += 1) state = digest('sha256', state);
  const base64 = (text) => Buffer.from(text).toString('base64');
  vector('shiro', password, `$shiro1$SHA-256$1000$${base64(salt)}$${base64(state)}`, node);
  const wiki = crypto.pbkdf2Sync(password, salt, 500, 64, 'sha512');
  vector('mediawiki', password, `:pbkdf2:sha512:500:64:${base64(salt)}:${base64(wiki)}`, node);
  vector('mediawiki', password, `:B:${salt}:${md5(`${salt}-${md5(password)}`)}`, node);

  // passport-local-mongoose: a salt of 32 bytes as hexadecimal text, 512 bytes of hash.
  const text = crypto.createHash('sha256').update(salt).digest('hex');
  const unpadded = (bytes) => Buffer.from(bytes).toString('base64').replaceAll('=', '');
  const long = crypto.pbkdf2Sync(password, text, 1000, 512, 'sha256');
  vector('pbkdf2', password, `$pbkdf2-sha256$i=1000,l=512$${unpadded(text)}$${unpadded(long)}`, node);
}
console.log(JSON.stringify(made, null, 1));
