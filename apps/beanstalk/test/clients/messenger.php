<?php
// Symfony Messenger's transport against the server on the port given; prints what it saw, as one JSON object.
require 'Symfony/Component/Messenger/autoload.php';
require 'Symfony/Component/Messenger/Bridge/Beanstalkd/autoload.php';

use Symfony\Component\Messenger\Bridge\Beanstalkd\Transport\BeanstalkdTransportFactory;
use Symfony\Component\Messenger\Envelope;
use Symfony\Component\Messenger\Stamp\DelayStamp;
use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;

final class Note
{
    public function __construct(public string $text)
    {
    }
}

$factory = new BeanstalkdTransportFactory();
$dsn = "beanstalkd://127.0.0.1:{$argv[1]}?tube_name=messenger&timeout=0&ttr=60";
$transport = $factory->createTransport($dsn, [], new PhpSerializer());
$text = fn (iterable $envelopes) => array_map(fn (Envelope $one) => $one->getMessage()->text, [...$envelopes]);

$seen = ['supports' => $factory->supports($dsn, [])];
$seen['nothing there'] = $text($transport->get());
foreach (['one', 'two', 'thrée'] as $word) {
    $transport->send(new Envelope(new Note($word)));
}
$transport->send(new Envelope(new Note('later'), [new DelayStamp(100_000)]));
$seen['count'] = $transport->getMessageCount();

[$first] = [...$transport->get()];
$seen['first'] = $first->getMessage()->text;
$transport->ack($first);
[$second] = [...$transport->get()];
$seen['second'] = $second->getMessage()->text;
$transport->reject($second);
$seen['third'] = $text($transport->get());
$seen['no fourth'] = $text($transport->get());
try {
    $transport->ack($first);
} catch (Symfony\Component\Messenger\Exception\TransportException $fault) {
    $seen['ack again'] = $fault->getMessage();
}
$seen['count at the end'] = $transport->getMessageCount();
echo json_encode($seen, JSON_UNESCAPED_UNICODE), "\n";
