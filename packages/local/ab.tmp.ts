import { createServer } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { s3Store as ours } from '/work/wt/reader/packages/core/src/s3.ts';
for (const [size, n] of [[256*1024,200]] as const) {
const body = Buffer.alloc(size, 7);
let conns=0;
const server = createServer((_, r) => { r.writeHead(200, {etag:'"1"','content-length':body.length}); r.end(body); });
server.on('connection',()=>conns++);
await new Promise<void>(r => server.listen(0,'127.0.0.1',()=>r()));
const mk=()=>new S3Client({endpoint:`http://127.0.0.1:${(server.address() as any).port}`,region:'us-east-1',credentials:{accessKeyId:'a',secretAccessKey:'b'},forcePathStyle:true});
const run = async (s: any, n: number) => { const t=process.cpuUsage(); let bytes=0,pieces=0; await Promise.all(Array.from({length:n}, async (_,i)=>{ for await (const p of s.read({bucket:'b',key:`k${i}`})) {bytes+=p.length;pieces++} })); const u=process.cpuUsage(t); return [(u.user+u.system)/1000,pieces]; };
const b=ours(mk(), {readsAtOnce: Number(process.env.N ?? 50)});
for(let i=0;i<3;i++){await run(b,n);}
const rb:number[]=[];conns=0;let pieces=0;
for(let i=0;i<11;i++){ const [ms,p]=await run(b,n); rb.push(ms!);pieces+=p!; }
const s=(x:number[])=>x.sort((p,q)=>p-q).map(Math.round).slice(0,6).join(' ');
console.log(process.env.N,size,n,'now', s(rb),'connections',conns,'pieces',pieces/11);
server.close(); server.closeAllConnections();
}
process.exit(0);
