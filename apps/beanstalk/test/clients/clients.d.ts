// Published clients that bring no types; what they answer is what the tests are about.
declare module 'fivebeans'
declare module 'beanstalkd'
