export { type BeanstalkConfig, type ListenerConfig, beanstalkSettings, toBeanstalkConfig } from './config.ts'
export { type Beanstalk, type BeanstalkOptions, startBeanstalk } from './start.ts'
