# Every call of beaneater against the server on the port given; prints what it saw, as one JSON object.
require 'beaneater'
require 'json'

$seen = {}
def see(name)
  $seen[name] = begin
    yield
  rescue Beaneater::UnexpectedResponse, Beaneater::JobNotReserved, Beaneater::InvalidTubeName => e
    e.class.name
  end
end

address = "127.0.0.1:#{ARGV[0]}"
beanstalk = Beaneater.new(address)
tube = beanstalk.tubes['beaneater']
beanstalk.tubes.watch!('beaneater')

see('put') { tube.put('work')[:status] }
see('put with everything') { tube.put('urgent', pri: 5, delay: 0, ttr: 77)[:status] }
see('peek ready') { tube.peek(:ready).body }
see('reserve') { beanstalk.tubes.reserve.body }
job = tube.reserve(5)
see('reserve of a tube') { job.body }
see('reserved?') { job.reserved? }
see('exists?') { job.exists? }
see('tube of a job') { job.tube }
see('pri, delay, ttr') { [job.pri, job.delay, job.ttr] }
see('touch') { job.touch[:status] }
see('release') { job.release[:status] }
see('touch of what is released') { job.touch }
job = tube.reserve(5)
see('release with a delay') { job.release(pri: 9, delay: 100)[:status] }
see('peek delayed') { tube.peek(:delayed).id == job.id }
see('kick of a job') { job.kick[:status] }
see('no peek delayed') { tube.peek(:delayed) }
job = tube.reserve(5)
see('release keeps priority and delay') { job.release[:status] }
see('after release') { job.stats.to_h.transform_keys(&:to_sym).slice(:state, :pri, :delay, :releases, :kicks) }
job.kick
job = tube.reserve(5)
see('bury') { job.bury[:status] }
see('peek buried') { tube.peek(:buried).id == job.id }
see('kick') { tube.kick(10) }
see('stats of a job') { job.stats.to_h.transform_keys(&:to_sym).slice(:state, :pri, :delay, :ttr, :reserves, :releases, :buries, :kicks) }
see('delete') { job.delete[:status] }
see('delete again') { job.delete }
see('exists? no more') { job.exists? }
see('find') { beanstalk.jobs.find(job.id) }
see('nothing to reserve') { tube.reserve(0) }

see('pause') { tube.pause(100)[:status] }
see('stats of a tube') do
  tube.stats.to_h.transform_keys(&:to_sym).slice(:name, :current_jobs_reserved, :cmd_delete, :cmd_pause_tube, :pause, :current_using)
end
see('resume') { tube.pause(0)[:status] }
see('tubes') { (%w[default beaneater] - beanstalk.tubes.all.map(&:name)).empty? }
see('watched') { beanstalk.tubes.watched.map(&:name) }
see('used') { beanstalk.tubes.used.name }
see('ignore the only one') { beanstalk.tubes.ignore('beaneater') }
see('use of an illegal name') { beanstalk.tubes.use('no:tube') }
see('watch of an illegal name') { beanstalk.tubes.watch('no tube') }
see('stats of no tube') { beanstalk.tubes['nobody-has-this'].stats }
see('stats') { [beanstalk.stats.max_job_size, beanstalk.stats[:draining], beanstalk.stats.version.class.name] }
see('too big') { tube.put('x' * 65_536) }
see('bytes') do
  body = (0..255).to_a.pack('C*') + "\r\n"
  id = tube.put(body.dup, pri: 0)[:id]
  beanstalk.jobs[id].body == body && beanstalk.jobs[id].delete[:status]
end

tube.put('delayed', delay: 100)
tube.put('ready')
tube.clear
see('after clear') { tube.stats.to_h.transform_keys(&:to_sym).slice(:current_jobs_ready, :current_jobs_delayed, :current_jobs_buried) }

worker = Beaneater.new(address)
done = []
worker.jobs.register('beaneater-work', retry_on: [IOError], max_retries: 1) do |work|
  done << work.body
  raise IOError, 'again' if work.body == 'retried'
  raise KeyError, 'bad' if work.body == 'buried'
  raise Beaneater::AbortProcessingError if work.body == 'stop'
end
work = beanstalk.tubes['beaneater-work']
%w[good retried buried stop].each_with_index { |body, i| work.put(body, pri: i) }
worker.jobs.process!(release_delay: 100, reserve_timeout: 5)
see('processed') { done }
see('after processing') { work.stats.to_h.transform_keys(&:to_sym).slice(:current_jobs_ready, :current_jobs_delayed, :current_jobs_buried, :cmd_delete) }
worker.close

other = Beaneater.new(address)
other.tubes.watch!('beaneater-close')
id = other.tubes['beaneater-close'].put('held')[:id]
other.tubes.reserve(5)
see('held by another') { beanstalk.jobs[id].delete }
other.close
see('free after close') { beanstalk.tubes['beaneater-close'].reserve(5).id == id }
beanstalk.close
puts JSON.generate($seen)
