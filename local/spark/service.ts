/** Decides how the laptop's warm Spark driver is started. It answers at once, and gets warm while the rest is still being set up. */
import { dirname, join } from 'node:path';
import { httpAnswers } from '../processes/http-answers.ts';
import type { Service } from '../processes/service.ts';

export const spark: Service<'sparkDriver'> = {
  name: 'spark-driver',
  key: 'sparkDriver',
  async prepare({ checkout, environment, ports, java, python }) {
    const endpoint = `http://127.0.0.1:${ports.sparkDriver}`;
    const etl = join(checkout, '.etl');
    return {
      command: [
        ...([python.lake, '-m', 'local.spark.driver'] as const),
        ...['--port', String(ports.sparkDriver), '--s3-endpoint', `http://127.0.0.1:${ports.aws}`],
        ...['--logs', join(etl, environment, 'logs', 'steps'), '--jars', join(etl, 'jars', 'spark')],
        ...(process.env.ETL_MANY_ROWS ? ['--many-rows'] : []),
      ],
      cwd: checkout,
      env: {
        JAVA_HOME: dirname(dirname(java)),
        PYTHONUNBUFFERED: '1',
        AWS_ENDPOINT_URL: `http://127.0.0.1:${ports.aws}`,
        AWS_REGION: 'us-east-1',
      },
      answers: (signal) => httpAnswers(`${endpoint}/health`, signal),
      facts: async () => ({ endpoint }),
    };
  },
};
