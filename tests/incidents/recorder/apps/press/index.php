<?php
// The newspaper: one entry, one file a page, a log in Monolog's format.
declare(strict_types=1);

$begun = microtime(true);
$path = (string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$user = $_COOKIE['session'] ?? '';

register_shutdown_function(function () use ($begun, $path, &$user): void {
    $level = http_response_code() >= 400 ? 'WARNING' : 'INFO';
    $facts = json_encode(['user' => $user, 'ms' => (int) ((microtime(true) - $begun) * 1000)]);
    $line = sprintf(
        "[%s] production.%s: %s %s %d %s []\n",
        (new DateTime('now', new DateTimeZone('UTC')))->format('Y-m-d\TH:i:s.uP'),
        $level,
        $_SERVER['REQUEST_METHOD'],
        $path,
        http_response_code(),
        $facts
    );
    file_put_contents('/var/log/press/app.log', $line, FILE_APPEND | LOCK_EX);
});

$pages = [
    '#^/$#' => 'home.php',
    '#^/healthz$#' => 'health.php',
    '#^/login$#' => 'login.php',
    '#^/catalog/(\d+)$#' => 'catalog.php',
    '#^/search$#' => 'search.php',
    '#^/account/export$#' => 'export.php',
    '#^/(dashboard|cart|account/photo|api/user/me|api/orders)$#' => 'account.php',
];
foreach ($pages as $pattern => $page) {
    if (preg_match($pattern, $path, $found)) {
        require __DIR__ . '/pages/' . $page;
        exit;
    }
}
http_response_code(404);
echo "<h1>Not found</h1>\n";
