<?php
header("Content-Type: text/csv");
echo "user,article\n", str_repeat("$user,1\n", 50);
