<?php
$asset = fn (string $stem): string => "/assets/" . basename((glob($_SERVER["DOCUMENT_ROOT"] . "/assets/$stem-*") ?: [$stem])[0]);
echo "<html><head><link href=\"{$asset("site")}\"><script src=\"{$asset("main")}\"></script></head>";
echo "<body><h1>The Press</h1>", str_repeat("<p>news</p>", 60), "</body></html>\n";
