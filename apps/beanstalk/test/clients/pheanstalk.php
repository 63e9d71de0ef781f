<?php
// Every call of Pheanstalk against the server on the port given; prints what it saw, as one JSON object.
require 'Pheanstalk/autoload.php';

use Pheanstalk\JobId;
use Pheanstalk\Pheanstalk;

$seen = [];
function see(string $name, callable $what): void
{
    global $seen;
    try {
        $seen[$name] = $what();
    } catch (Exception $fault) {
        $seen[$name] = get_class($fault) . ': ' . $fault->getMessage();
    }
}
$some = fn ($stats, string ...$keys) => array_intersect_key((array) $stats, array_flip($keys));
$done = fn (callable $what) => fn () => $what() ?? 'done';

$port = (int) $argv[1];
$queue = Pheanstalk::create('127.0.0.1', $port);
see('useTube and watchOnly', fn () => get_class($queue->useTube('pheanstalk')->watchOnly('pheanstalk')));
see('listTubeUsed', fn () => [$queue->listTubeUsed(), $queue->listTubeUsed(true)]);
see('watch, ignore', fn () => $queue->watch('pheanstalk-2')->ignore('pheanstalk-2')->listTubesWatched(true));
see('listTubesWatched', fn () => array_values($queue->listTubesWatched()));
see('ignore the only one', fn () => $queue->ignore('pheanstalk'));
see('listTubes', fn () => array_values(array_intersect($queue->listTubes(), ['default', 'pheanstalk'])));

$job = $queue->put('work', 10, 0, 77);
see('id', fn () => $job->getId() > 0);
see('peekReady', fn () => $queue->peekReady()->getData());
see('reserve', fn () => $queue->reserve()->getData());
see('touch', $done(fn () => $queue->touch($job)));
see('release', $done(fn () => $queue->release($job, 5, 100)));
see('release again', $done(fn () => $queue->release($job)));
see('reserveWithTimeout, nothing there', fn () => $queue->reserveWithTimeout(0));
see('peekDelayed', fn () => $queue->peekDelayed()->getId() === $job->getId());
see('kickJob', $done(fn () => $queue->kickJob($job)));
see('kickJob again', $done(fn () => $queue->kickJob($job)));
see('reserveWithTimeout', fn () => $queue->reserveWithTimeout(5)->getId() === $job->getId());
see('bury', $done(fn () => $queue->bury($job)));
see('peekBuried', fn () => $queue->peekBuried()->getId() === $job->getId());
see('kick', fn () => $queue->kick(10));
see('peekBuried, nothing there', fn () => $queue->peekBuried());
see('statsJob', fn () => $some($queue->statsJob($job), 'tube', 'state', 'pri', 'delay', 'ttr', 'reserves', 'releases', 'buries', 'kicks', 'timeouts'));
see('peek', fn () => $queue->peek($job)->getData());
see('delete', $done(fn () => $queue->delete($job)));
see('delete again', $done(fn () => $queue->delete($job)));
see('peek, nothing there', fn () => $queue->peek(new JobId(4000000000)));
see('too big', fn () => $queue->put(str_repeat('x', 65536)));
see('bytes', function () use ($queue) {
    $body = implode('', array_map('chr', range(0, 255))) . "\r\n" . str_repeat('y', 65000);
    $job = $queue->put($body);
    $same = $queue->peek($job)->getData() === $body;
    $queue->delete($job);
    return $same;
});

see('pauseTube', $done(fn () => $queue->pauseTube('pheanstalk', 100)));
see('statsTube', fn () => $some($queue->statsTube('pheanstalk'), 'name', 'current-jobs-ready', 'total-jobs', 'current-using', 'current-watching', 'cmd-delete', 'cmd-pause-tube', 'pause'));
see('resumeTube', $done(fn () => $queue->resumeTube('pheanstalk')));
see('pauseTube of none', $done(fn () => $queue->pauseTube('nobody-has-this', 1)));
see('statsTube of none', fn () => $queue->statsTube('nobody-has-this'));
see('stats', fn () => ['max-job-size' => $queue->stats()['max-job-size'], 'draining' => $queue->stats()['draining'], 'keys' => count((array) $queue->stats())]);

$other = Pheanstalk::create('127.0.0.1', $port);
$held = $queue->put('held');
$other->watchOnly('pheanstalk')->reserve();
see('held by another', $done(fn () => $queue->delete($held)));
unset($other);
gc_collect_cycles();
see('free after the end of a connection', fn () => $queue->reserveWithTimeout(5)->getId() === $held->getId());
echo json_encode($seen), "\n";
