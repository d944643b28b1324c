<?php
usleep(random_int(20000, 200000));
echo "<h1>Found</h1>\n";
