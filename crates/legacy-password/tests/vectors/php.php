<?php
// Prints hashes made by PHP's own functions, and by phpass's, WordPress's and Drupal's schemes written anew around them.

$passwords = ['', 'a', 'correct horse battery staple', "Zo\u{eb}", "Zoe\u{308}", "\u{43f}\u{430}\u{440} \u{1f511}",
    ' spaces before and after ', str_repeat('x', 71), str_repeat('x', 72), str_repeat('x', 73), str_repeat("\u{e9}", 128)];
$made = [];

function vector(string $format, string $password, string $encoded, string $source): void
{
    global $made;
    $made[] = ['format' => $format, 'password' => bin2hex($password), 'encoded' => $encoded, 'source' => $source];
}

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Six bits at a time, the lowest first. */
function text(string $bytes): string
{
    $text = '';
    foreach (str_split($bytes, 3) as $group) {
        $value = 0;
        foreach (str_split($group) as $place => $byte) {
            $value += ord($byte) << 8 * $place;
        }
        for ($digit = 0; $digit <= strlen($group); $digit++) {
            $text .= ALPHABET[$value >> 6 * $digit & 63];
        }
    }
    return $text;
}

function portable(string $digest, string $prefix, int $log_rounds, string $salt, string $password): string
{
    $state = hash($digest, $salt . $password, true);
    for ($round = 1 << $log_rounds; $round > 0; $round--) {
        $state = hash($digest, $state . $password, true);
    }
    return $prefix . ALPHABET[$log_rounds] . $salt . text($state);
}

$php = 'made by PHP ' . PHP_VERSION;
foreach ($passwords as $number => $password) {
    $salt = substr(str_repeat(ALPHABET, 2), 5 * $number, 8);
    vector('bcrypt', $password, password_hash($password, PASSWORD_BCRYPT, ['cost' => 4 + $number % 3]), $php);
    foreach (array_intersect(['argon2i', 'argon2id'], password_algos()) as $algorithm) {
        $options = ['memory_cost' => 64 << $number % 3, 'time_cost' => 1 + $number % 4, 'threads' => 1];
        vector('argon2', $password, password_hash($password, $algorithm, $options), $php);
    }
    foreach (['$2a$04$', '$2x$04$', '$2y$04$'] as $prefix) {
        vector('bcrypt', $password, crypt($password, $prefix . 'abcdefghijklmnopqrstuu'), $php);
    }
    vector('md5-crypt', $password, crypt($password, '$1$' . $salt . '$'), $php);
    vector('sha256-crypt', $password, crypt($password, '$5$rounds=1234$' . $salt . '$'), $php);
    vector('sha512-crypt', $password, crypt($password, '$6$rounds=1234$' . $salt . '$'), $php);
    $scheme = 'the scheme written anew in PHP ' . PHP_VERSION;
    vector('phpass', $password, portable('md5', '$P$', 7 + $number % 4, $salt, $password), $scheme);
    vector('phpass', $password, portable('md5', '$H$', 7, $salt, $password), $scheme);
    vector('drupal-7', $password, substr(portable('sha512', '$S$', 7 + $number % 4, $salt, $password), 0, 55), $scheme);
    vector('drupal-7', $password, 'U' . substr(portable('sha512', '$S$', 7, $salt, md5($password)), 0, 55), $scheme);
    vector('drupal-7', $password, 'U' . portable('md5', '$P$', 7, $salt, md5($password)), $scheme);
    $mac = base64_encode(hash_hmac('sha384', $password, 'wp-sha384', true));
    vector('wordpress', $password, '$wp' . password_hash($mac, PASSWORD_BCRYPT, ['cost' => 4]), $scheme);
}
echo json_encode($made, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), "\n";
