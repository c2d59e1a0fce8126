def check(dsn, ledger, grain_s, out):
    import subprocess
    print(subprocess.run(["psql","-X","-d",dsn,"-c","select count(*), count(*) filter (where phase=5) closed from samordnad.episode; ","-c","select rule,cause,count(*) from samordnad.breach group by 1,2 order by 1,2","-c","select kind,status,count(*) from samordnad.task group by 1,2 order by 1,2", "-c", "select count(*) from samordnad.notice"],capture_output=True,text=True).stdout)
    return []
