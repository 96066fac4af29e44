import { unshare } from '../../platform/sharing.ts';
import { rdsSnapshots } from '../../platform/sharing-apis.ts';

export default unshare(rdsSnapshots);
